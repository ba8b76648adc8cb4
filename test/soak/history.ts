import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import type { Sign } from './people.ts'
import type { Sender, SentEvent } from './sender.ts'

const dayMs = 24 * 60 * 60_000
const hourMs = 60 * 60_000

export interface History {
  readonly people: number
  readonly days: number
  /** When its last day ends, ms since the epoch. */
  readonly until: number
}

/** People's working lives, oldest first: a sign-in and a use a day. */
function* historyOf({ people, days, until }: History): Generator<SentEvent> {
  let count = 0
  const event = (at: number, type: string, day: number, person: number, more: object) => {
    count += 1
    const session = { id: `past-${day}-${person}` }
    const about = { session, subject: { id: `past-user-${person}` }, ip: '203.0.113.9' }
    const occurred_at = new Date(at).toISOString()
    return { version: 1, id: `past-${count}`, type, occurred_at, ...about, ...more }
  }
  const used = { outcome: { result: 'accepted', observer: 'idp' } }
  for (let day = 0; day < days; day += 1) {
    const morning = until - (days - day) * dayMs
    for (let person = 0; person < people; person += 1) {
      yield event(morning + person, 'session.created', day, person, {})
    }
    for (let person = 0; person < people; person += 1) {
      yield event(morning + 3 * hourMs + person, 'session.used', day, person, used)
    }
  }
}

/** Writes such a history into a file, for a replay. How many lines. */
export async function writeHistory(file: string, history: History): Promise<number> {
  const out = createWriteStream(file)
  let lines = 0
  for (const event of historyOf(history)) {
    lines += 1
    if (!out.write(`${JSON.stringify(event)}\n`)) await once(out, 'drain')
  }
  out.end()
  await once(out, 'finish')
  return lines
}

const eventsPerRequest = 1_000

/** Sends such a history by the intake, as a backfill does, as fast as it is taken. */
export async function sendHistory(
  { sender, over }: { readonly sender: Sender; readonly over: AbortSignal },
  history: History,
): Promise<readonly Sign[]> {
  let some: SentEvent[] = []
  for (const event of historyOf(history)) {
    some.push(event)
    if (some.length < eventsPerRequest) continue
    await sender.send(some)
    some = []
    if (over.aborted) return []
  }
  if (some.length > 0) await sender.send(some)
  return []
}
