/** The sum of numbers divided by how many there are: for shares, of which a median would hide the few that matter. */
export function meanOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, each) => sum + each, 0) / numbers.length
}
