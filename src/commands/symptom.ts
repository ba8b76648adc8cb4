import { reasonOf } from '../contract/errors.ts'

/** What one check found, and what to do about it. `missing` is a choice; `broken` is not. */
export interface Symptom {
  readonly check: string
  readonly state: 'ok' | 'missing' | 'broken'
  readonly detail: string
}

/** What was read, or why it cannot be. */
export function attempt<Value>(
  check: string,
  read: () => Value,
): { readonly value: Value } | Symptom {
  try {
    return { value: read() }
  } catch (error) {
    return { check, state: 'broken', detail: reasonOf(error) }
  }
}
