import { reasonOf } from '../../contract/errors.ts'

/**
 * What one check found, and what to do about it. `optional`: not there, and Curfew does its work
 * without. `missing`: not there, and something that its users expect does not work. `broken`: there,
 * and not as it should be.
 */
export interface CheckResult {
  readonly check: string
  readonly state: 'ok' | 'optional' | 'missing' | 'broken'
  readonly detail: string
}

/** What was read, or why it cannot be. */
export function attempt<Value>(
  check: string,
  read: () => Value,
): { readonly value: Value } | CheckResult {
  try {
    return { value: read() }
  } catch (error) {
    return { check, state: 'broken', detail: reasonOf(error) }
  }
}
