import { setTimeout as delay } from 'node:timers/promises'

/** One event on its way, as its producer names it. */
export interface SentEvent {
  readonly id: string
  readonly [field: string]: unknown
}

export interface Sender {
  /** Sends again and again until the server says that the events are durable, or the soak is over. */
  readonly send: (events: readonly SentEvent[]) => Promise<boolean>
  /** What no producer of events would send, once; whatever comes back. */
  readonly sendRaw: (body: string) => Promise<void>
  /** Ids of events that the server said it took. */
  readonly acknowledged: ReadonlySet<string>
  /** Of events of which it said that it cannot take them. */
  readonly refused: ReadonlySet<string>
}

const againMs = 300
const batchMax = 1_000

/** Speaks for one instance with its intake token. */
export function makeSender({
  urlOf,
  token,
  over,
}: {
  readonly urlOf: () => string | undefined
  readonly token: string
  readonly over: AbortSignal
}): Sender {
  const acknowledged = new Set<string>()
  const refused = new Set<string>()
  const post = async (body: string): Promise<Response | undefined> => {
    const url = urlOf()
    if (url === undefined) return undefined
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
    const signal = AbortSignal.timeout(20_000)
    return await fetch(`${url}/v1/intake/events`, { method: 'POST', headers, body, signal }).catch(
      () => undefined,
    )
  }
  const deliver = async (events: readonly SentEvent[]): Promise<boolean> => {
    const body = JSON.stringify(events)
    while (!over.aborted) {
      const answer = await post(body)
      const text = answer?.status === 202 ? await answer.text().catch(() => '') : ''
      if (text !== '') {
        const { rejected = [] }: { rejected?: readonly { index: number }[] } = JSON.parse(text)
        const not = new Set(rejected.map(({ index }) => index))
        for (const [index, { id }] of events.entries())
          (not.has(index) ? refused : acknowledged).add(id)
        return true
      }
      await answer?.body?.cancel().catch(() => undefined)
      await delay(againMs)
    }
    return false
  }
  // As producers do, it sends what gathered while the batch before it was under way.
  let gathering: { events: SentEvent[]; sent: Promise<boolean> } | undefined
  let before: Promise<unknown> = Promise.resolve()
  const send = (events: readonly SentEvent[]): Promise<boolean> => {
    if (!gathering || gathering.events.length + events.length > batchMax) {
      const mine: SentEvent[] = []
      const sent = before.then(() => {
        if (gathering?.events === mine) gathering = undefined
        return deliver(mine)
      })
      gathering = { events: mine, sent }
      before = sent
    }
    for (const each of events) gathering.events.push(each)
    return gathering.sent
  }
  const sendRaw = async (body: string): Promise<void> => {
    const answer = await post(body)
    await answer?.body?.cancel().catch(() => undefined)
  }
  return { send, sendRaw, acknowledged, refused }
}
