/** How to reach a PostgreSQL database. What is not given is left to the driver, which reads `PGHOST` and the like. */
export interface PostgresConfig {
  /**
   * A whole connection in one text, `postgres://…`, or `pglite:./dir` for an embedded database. It takes the place
   * of `host`, `port`, `database`, `user` and `password`. Not enumerable: it may hold a password.
   */
  readonly url?: string
  readonly host?: string
  /** 1 to 65535. */
  readonly port?: number
  readonly database?: string
  readonly user?: string
  /** Not enumerable: neither `JSON.stringify` nor `console.log` nor a spread takes it along. */
  readonly password?: string
  /** A streaming replica for reads, `postgres://…`. Not enumerable: it may hold a password. */
  readonly replicaUrl?: string
  /** The schema that holds the tables. Default: the backend's. */
  readonly schema?: string
  /** Row level security as a second wall. Default `auto`: on where the connected role can set it up. */
  readonly rowLevelSecurity?: boolean | 'auto'
}

/** A checked configuration with every default filled in. */
export interface Config {
  /** Absolute path of the file it was read from; absent when there was none. */
  readonly file?: string
  readonly memory: {
    /** `file`, `postgres`, or the name of an installed package that exports `openBackend`. Default `file`. */
    readonly backend: string
    /** Values a vector has, for a store that is created. Default: what the first vector has, else 1024. */
    readonly dimensions?: number
    readonly postgres: PostgresConfig
  }
  readonly paths: {
    /** Directory of the file backend. Default `./data`; `loadConfig` makes it absolute. */
    readonly dataDir: string
  }
}

/**
 * A configuration as a program may write it: everything is optional. Keys go by their camelCase name or by the
 * snake_case name of the YAML file.
 */
export interface ConfigInput {
  readonly memory?: {
    readonly backend?: string
    readonly dimensions?: number
    readonly postgres?: PostgresConfig & {
      readonly row_level_security?: boolean | 'auto'
      readonly replica_url?: string
    }
  }
  readonly paths?: { readonly dataDir?: string; readonly data_dir?: string }
}
