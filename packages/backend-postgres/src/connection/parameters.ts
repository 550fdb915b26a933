import type { Access } from './access.js'
import type { Value } from './command.js'

/** Collects the values of one statement and gives each its `$n`. */
export class Parameters {
  readonly values: Value[] = []

  add(value: Value): string {
    this.values.push(value)
    return `$${this.values.length}`
  }

  /** The first wall: the condition that every scoped statement carries, whatever the policies say. */
  access(access: Access, table: string): string {
    switch (access.kind) {
      case 'owner':
        return `${table}.owner_key = ${this.add(access.ownerKey)}`
      case 'user':
        return `${table}.user_id = ${this.add(access.userId)}`
      case 'admin':
        return 'true'
      default:
        return access satisfies never
    }
  }
}
