import type { Append, Clock, Log, Meter } from '../contract/ports.ts'
import type { Unread } from '../contract/unread.ts'
import { lacks } from '../contract/unread.ts'
import { makeOnceADay } from './once-a-day.ts'

/** What of a batch became no event and is no reject. */
interface Passed {
  readonly tombstones: number
  readonly unread: readonly Unread[]
  /** How many of the messages in `unread` became no event; all unless said. */
  readonly ignored?: number
}

export interface UnreadBook {
  readonly note: (source: string, passed: Passed) => void
  /** Messages noted so far that became no event; tombstones do not count. */
  readonly total: () => number
  /** Writes down what was noted, again and again until the signal aborts. */
  readonly run: (signal: AbortSignal) => Promise<void>
  /** Writes down what was noted since. Never rejects: what the store does not take stays noted. */
  readonly flush: () => Promise<void>
}

const everyMs = 60_000
const hourMs = 3_600_000
/**
 * Kinds held between two writes, and kinds that get a series of their own. Whoever can write to a
 * source chooses their names: beyond this they are counted under the name `other`.
 */
const kindsMax = 500

/**
 * Counts messages that became no event, by source and kind: as metrics, and as rows that the report
 * `unread` shows. What a provider left out, so that causes go unseen, is said to `onBlind` each time.
 */
export function makeUnreadBook({
  append,
  clock,
  log,
  meter,
  onBlind,
}: {
  readonly append: Append
  readonly clock: Clock
  readonly log: Log
  readonly meter: Meter
  readonly onBlind: (unread: Unread) => void
}): UnreadBook {
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
    onBlind(unread)
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
        'unread messages are not written yet',
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
 * Makes the port that says once a day, for each instance, source and thing left out, that causes go
 * unseen. `tell` is called with an id that is the same for that day.
 */
export function makeBlindness({
  clock,
  log,
  tell,
}: {
  readonly clock: Clock
  readonly log: Log
  readonly tell: (unread: Unread, day: string, at: number) => void
}): (unread: Unread) => void {
  const isDue = makeOnceADay(clock.now)
  return (unread) => {
    const { tenant, instance, source, name, lack } = unread
    const due = lack === '' ? undefined : isDue(tenant, instance, source, lack)
    if (lack === '' || due === undefined) return
    const { hides, remedy } = lacks[lack]
    log.warn({ tenant, instance, source, kind: name, hides, remedy }, 'causes go unseen')
    tell(unread, due.day, due.at)
  }
}
