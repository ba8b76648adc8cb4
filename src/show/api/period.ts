import { Type } from 'typebox'
import { CurfewError } from '../../contract/errors.ts'

const Time = (description: string) =>
  Type.Optional(
    Type.Union([Type.String({ format: 'date-time' }), Type.String({ format: 'date' })], {
      description,
    }),
  )

/** The period of a list, by the instant of its rows. */
export const periodQuery = {
  from: Time('Begin of the period, inclusive: a date or a time. Default: from the first row.'),
  to: Time('End of the period, exclusive. Default: to the last row.'),
}

/** Before and after all rows; ms since the epoch, within the range of the engine's type. */
const ever = { from: 0, to: Date.parse('2200-01-01T00:00:00Z') }

/**
 * @returns instants; defaults lie before and after all rows.
 * @throws CurfewError SHOW_INVALID for a text that is no instant, or an empty period.
 */
export function periodOf(given: {
  readonly from?: string | undefined
  readonly to?: string | undefined
}): { readonly from: Date; readonly to: Date } {
  const from = given.from === undefined ? ever.from : instantIn('from', given.from)
  const to = given.to === undefined ? ever.to : instantIn('to', given.to)
  if (from < to) return { from: new Date(from), to: new Date(to) }
  throw new CurfewError('SHOW_INVALID', 'The period is empty: `from` must be before `to`.')
}

/**
 * A leap second is valid in the format and has no value in milliseconds; years outside the engine's
 * range are limited to it.
 *
 * @returns ms since the epoch.
 * @throws CurfewError SHOW_INVALID
 */
export function instantIn(name: string, text: string): number {
  const at = Date.parse(text)
  if (!Number.isNaN(at)) return Math.min(Math.max(at, ever.from), ever.to)
  throw new CurfewError(
    'SHOW_INVALID',
    `\`${name}\` must be an instant such as 2026-11-01T08:00:00Z.`,
  )
}
