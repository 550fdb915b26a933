/** Runs once before all tests of the package. */
export function setup(): void {
  if (process.env.DATABASE_URL === undefined) {
    console.log(
      'backend-postgres: DATABASE_URL is not set, so only embedded PostgreSQL is tested; for a real server too: pnpm test:real',
    )
  }
}
