import type { Append, Clock, Log, Meter } from '../contract/ports.ts'
import type { Unread } from '../contract/unread.ts'
import { lacks } from '../contract/unread.ts'
import { makeOnceADay } from './once-a-day.ts'

/** The messages of a batch that gave neither an event nor a reject. */
interface Skipped {
  readonly tombstones: number
  readonly unread: readonly Unread[]
  /** How many of the messages in `unread` gave no event; all by default. */
  readonly ignored?: number
}

export interface UnreadRegistry {
  readonly note: (source: string, skipped: Skipped) => void
  /** Messages so far that gave no event; tombstones do not count. */
  readonly total: () => number
  /** Writes the counts every minute until the signal aborts. */
  readonly run: (signal: AbortSignal) => Promise<void>
  /** Writes the counts since the last write. Never rejects: what the store refuses is written next time. */
  readonly flush: () => Promise<void>
}

const everyMs = 60_000
const hourMs = 3_600_000
/**
 * Kinds of messages that are counted apart. Producers choose their names, so all further kinds are
 * counted under the name `other`.
 */
const kindsMax = 500

/**
 * Counts messages that gave no event, by source and kind: as metrics, and as rows for the report
 * `unread`. Calls `onMissingCauses` for each kind that leaves out what would give a cause.
 */
export function makeUnreadRegistry({
  append,
  clock,
  log,
  meter,
  onMissingCauses,
}: {
  readonly append: Append
  readonly clock: Clock
  readonly log: Log
  readonly meter: Meter
  readonly onMissingCauses: (unread: Unread) => void
}): UnreadRegistry {
  const noted = new Map<string, Unread & { readonly at: number }>()
  const kinds = new Set<string>()
  let total = 0

  const add = (unread: Unread): void => {
    const { tenant, instance, source, format, why, lack } = unread
    const own = JSON.stringify([tenant, instance, source, format, why, lack, unread.name])
    if (kinds.size < kindsMax) kinds.add(own)
    const name = kinds.has(own) ? unread.name : 'other'
    const key = JSON.stringify([tenant, instance, source, format, why, lack, name])
    const messages = (noted.get(key)?.messages ?? 0) + unread.messages
    noted.set(key, { ...unread, name, messages, at: clock.now() })
    meter.count('curfew_decode_unread_messages_total', { source, name, why }, unread.messages)
    if (lack === '') return
    meter.count('curfew_blind_messages_total', { source, lack }, unread.messages)
    onMissingCauses(unread)
  }

  const flush = async (): Promise<void> => {
    if (noted.size === 0) return
    const taken = [...noted.values()]
    noted.clear()
    try {
      await append('unread', taken.map(rowOf))
    } catch (error) {
      log.debug(
        { kinds: taken.length, error: String(error) },
        'the counts of unread messages could not be written; trying again in a minute',
      )
      for (const { at: _, ...unread } of taken) again(unread)
    }
  }
  const again = (unread: Unread): void => {
    const { tenant, instance, source, format, why, lack, name } = unread
    const key = JSON.stringify([tenant, instance, source, format, why, lack, name])
    const messages = (noted.get(key)?.messages ?? 0) + unread.messages
    noted.set(key, { ...unread, messages, at: clock.now() })
  }

  return {
    note: (source, { tombstones, unread, ignored }) => {
      total += ignored ?? unread.reduce((sum, { messages }) => sum + messages, 0)
      if (tombstones > 0) meter.count('curfew_decode_tombstones_total', { source }, tombstones)
      for (const each of unread) add(each)
    },
    total: () => total,
    flush,
    run: async (signal) => {
      while (!signal.aborted) {
        await clock.wait(everyMs, signal)
        await flush()
      }
    },
  }
}

function rowOf({ at, ...unread }: Unread & { readonly at: number }): object {
  return {
    ...unread,
    hour: new Date(at - (at % hourMs)).toISOString(),
    last_at: new Date(at).toISOString(),
  }
}

/**
 * Logs and notifies once a day, for each instance, source and omission, that a provider's messages
 * leave out what would give causes.
 */
export function makeMissingCauseReport(
  { clock, log }: { readonly clock: Clock; readonly log: Log },
  notify: (unread: Unread, day: string, at: number) => void,
): (unread: Unread) => void {
  const isDue = makeOnceADay(clock.now)
  return (unread) => {
    const { tenant, instance, source, name, lack } = unread
    const due = lack === '' ? undefined : isDue(tenant, instance, source, lack)
    if (lack === '' || due === undefined) return
    const { hides, remedy } = lacks[lack]
    log.warn(
      { tenant, instance, source, kind: name, hides, remedy },
      'messages leave out what would give causes',
    )
    notify(unread, due.day, due.at)
  }
}
