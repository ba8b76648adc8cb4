import type { SessionEvent } from '../../contract/event.ts'
import type { Fields } from '../../decode/fields.ts'
import { emailIn, isFields } from '../../decode/fields.ts'
import type { Reading } from '../../decode/format.ts'

/** Fills the draft from an event's `data`; false when it tells nothing about sessions. */
export type Reader = (
  data: Fields,
  draft: SessionEvent,
  reading: Reading,
  context: Fields,
) => boolean

/**
 * An object of WorkOS in the spelling of its API. The official SDK hands events out in camelCase
 * (`userId` for `user_id`), and producers pass on what they were given; it is the same event.
 */
export function spelled(fields: Fields): Fields {
  for (const name in fields) if (camel.test(name)) return respelled(fields)
  return fields
}

const camel = /[A-Z]/

function respelled(fields: Fields): Fields {
  const entries = Object.entries(fields).map(
    ([name, value]) =>
      [name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`), value] as const,
  )
  // Where both spellings are there, the one of the API stands.
  return { ...Object.fromEntries(entries), ...fields }
}

/**
 * The e-mail address of a directory's user: `email`, in older events the primary one of `emails`,
 * or a user name that is one. '' when there is none.
 */
export function directoryEmailOf({ email, emails, username }: Fields): string {
  const list: readonly unknown[] = Array.isArray(emails) ? emails : []
  const all = list.filter(isFields)
  const primary =
    all.find((each) => each.primary === true) ?? (all.length === 1 ? all[0] : undefined)
  return emailIn(email) || emailIn(primary?.value) || emailIn(username)
}
