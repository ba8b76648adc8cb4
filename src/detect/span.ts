import type { Ask, AskValues, Row } from '../contract/ports.ts'
import type { Sweep } from './sweep.ts'

/** From where on a sweep looks; both instants are ms since the epoch. */
export interface Span {
  /** Whether it looks at everything: what it does not show then is no more. */
  readonly isAll: boolean
  /** What was recorded since, by the clock of the store. */
  readonly recordedSince: number
  /** What became due since. */
  readonly dueSince: number
}

/** How often everything is looked at, and not only what changed, ms. */
const wholeEveryMs = 60 * 60_000
/** Rows become visible a moment after the instant they bear: so far back is looked twice, ms. */
const overlapMs = 90_000
const everything: Span = { isAll: true, recordedSince: 0, dueSince: 0 }
const storeTime = "select toUnixTimestamp64Milli(now64(3, 'UTC')) as now"

interface Looked {
  readonly at: number
  readonly storeAt: number
  readonly wholeAt: number
  /** Due rows since then are to be looked at again; infinite for none. */
  readonly pendingSince: number
}

export interface Spans {
  /**
   * What to look at now, of one tenant or with '' of all. `done` is to be called once that was looked at
   * and recorded; `pendingSince` is the instant from which rows are due again, since they were not evaluable.
   */
  readonly next: (
    sweep: Sweep,
    tenant: string,
    asOf: number,
  ) => Promise<Span & { readonly done: (pendingSince?: number) => void }>
}

/**
 * Says for each sweep from where on to look: at everything first and once an hour, else at what changed
 * since its last look. A look that failed counts for nothing.
 */
export function makeSpans(ask: Ask): Spans {
  /** By sweep, then by tenant; '' for all. */
  const lookedBy = new Map<string, Map<string, Looked>>()
  return {
    next: async (sweep, tenant, asOf) => {
      const looked = lookedBy.get(sweep.id) ?? new Map<string, Looked>()
      lookedBy.set(sweep.id, looked)
      const before = looked.get(tenant) ?? looked.get('')
      const storeAt = timeIn(await ask(storeTime))
      const isAll = before === undefined || asOf - before.wholeAt >= wholeEveryMs
      const span = isAll
        ? everything
        : {
            isAll,
            recordedSince: before.storeAt - overlapMs,
            dueSince: Math.min(
              before.at - sweep.watermarkMs - overlapMs,
              before.pendingSince - sweep.watermarkMs,
            ),
          }
      const done = (pendingSince = Number.POSITIVE_INFINITY) => {
        if (tenant === '') looked.clear()
        looked.set(tenant, {
          at: asOf,
          storeAt,
          wholeAt: isAll ? asOf : before.wholeAt,
          pendingSince,
        })
      }
      return { ...span, done }
    },
  }
}

/** Values for a sweep's statement: the encoder takes none that has no place in it. */
export function valuesFor({ sql }: Sweep, asOf: number, span: Span, tenant: string): AskValues {
  const values = {
    tenant,
    as_of: asOf,
    recorded_since: new Date(span.recordedSince),
    due_since: new Date(span.dueSince),
  }
  return Object.fromEntries(Object.entries(values).filter(([name]) => sql.includes(`{${name}:`)))
}

function timeIn([row]: readonly Row[]): number {
  const now = row?.now
  if (typeof now !== 'number') throw new TypeError('the store did not say what time it is')
  return now
}
