import { InvalidArgumentError } from 'commander'
import type { Role, Roles } from '../config/roles.ts'
import { roleNames } from '../config/roles.ts'

/** Reads an option as a number. Commander names the option in the message; this names the range. */
export function number(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = text.trim() === '' ? Number.NaN : Number(text)
    if (value >= least && value <= most) return value
    throw new InvalidArgumentError(`It takes a number from ${least} to ${most}.`)
  }
}

/** Reads an option as a whole number. */
export function whole(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN
    if (value >= least && value <= most) return value
    throw new InvalidArgumentError(`It takes a whole number from ${least} to ${most}.`)
  }
}

const day = /^\d{4}-\d\d-\d\d$/
/** RFC 3339 with seconds and an offset: a time without one would be another on every machine. */
const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/

/** Reads an option as an instant and leaves it a text; a day stands for its beginning in UTC. */
export function instantText(text: string): string {
  if ((day.test(text) || time.test(text)) && !Number.isNaN(Date.parse(text))) return text
  throw new InvalidArgumentError('It takes a time such as 2026-11-01 or 2026-11-01T08:00:00Z.')
}

/** Reads an option as an instant, in ms since the epoch. */
export function instant(text: string): number {
  return Date.parse(instantText(text))
}

/** Reads the name of a tenant or an instance, as in the connections file. */
export function name(text: string): string {
  if (/^[A-Za-z0-9._-]{1,128}$/.test(text)) return text
  throw new InvalidArgumentError(
    'It takes a name of letters, digits, dots, dashes and underscores.',
  )
}

/** Reads the address of a server, without its end slash. A user name in it is refused: messages show it. */
export function address(text: string): string {
  if (URL.canParse(text) && /^https?:\/\/[^\s@?#]+$/.test(text)) return text.replace(/\/+$/, '')
  throw new InvalidArgumentError('It takes an address such as http://127.0.0.1:8080.')
}

/** Reads a list of roles, separated by commas. */
export function roles(text: string): Roles {
  const valid: ReadonlySet<string> = new Set(roleNames)
  const names = text.split(',').map((each) => each.trim())
  if (names.every((each): each is Role => valid.has(each))) return new Set(names)
  throw new InvalidArgumentError(
    `It takes some of ${roleNames.join(', ')}, separated by commas, such as ingest,enforce.`,
  )
}
