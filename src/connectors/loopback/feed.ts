import { Type } from 'typebox'
import type { Binding } from '../../contract/raw-message.ts'
import { RecentIds } from '../../process/recent-ids.ts'
import type { FeedPage, FeedPlace, FeedPorts } from '../../source/feeds/feed.ts'
import { openFeed } from '../../source/feeds/feed.ts'
import { callFeed, isRefusal } from '../../source/feeds/feed-call.ts'
import type { Source } from '../../source/source.ts'

export interface LoopbackFeedSettings {
  /** Where the provider answers, without a slash at the end: `http://127.0.0.1:4100`. */
  readonly baseUrl: string
  readonly token: string
  readonly everyMs?: number
  readonly binding: Binding
}

const everyMsGiven = 1_000
const pageMax = 500
const recentMax = 10_000

const Events = Type.Object({
  events: Type.Array(Type.Object({ id: Type.String({ minLength: 1, maxLength: 256 }) })),
  /** Where to read on; null at the very beginning. */
  next: Type.Union([Type.String(), Type.Null()]),
})

/**
 * Reads a provider that tells our own events at `GET /events?after&limit`, oldest first: the one
 * of the demo, and whoever finds that easier than Kafka or webhooks.
 */
export function openLoopbackFeed(settings: LoopbackFeedSettings, ports: FeedPorts): Source {
  const { baseUrl, token, everyMs = everyMsGiven, binding } = settings
  const { send, clock, log } = ports
  const recent = new RecentIds(recentMax)
  const ask = async (after: string | null, signal: AbortSignal) => {
    const query = new URLSearchParams({ limit: String(pageMax) })
    if (after !== null) query.set('after', after)
    const { body } = await callFeed({
      send,
      now: clock.now,
      what: 'the events of the provider',
      url: `${baseUrl}/events?${query}`,
      request: { method: 'GET', headers: { authorization: `Bearer ${token}` }, signal },
      shape: Events,
    })
    return body
  }
  async function* pages(place: FeedPlace | null, signal: AbortSignal): AsyncGenerator<FeedPage> {
    let after = typeof place?.after === 'string' ? place.after : null
    let known = false
    for (;;) {
      const body = await ask(after, signal).catch(async (error: unknown) => {
        if (after === null || !isRefusal(error)) throw error
        // The provider was started anew, or has forgotten that far back.
        log.warn({ after }, 'the provider does not know the last event any more; reading anew')
        known = true
        return await ask(null, signal)
      })
      if (body.events.length === 0 || body.next === after) return
      const events = body.events.filter(({ id }) => !recent.has(id))
      yield { events, place: { after: body.next }, known }
      for (const { id } of events) recent.add(id)
      after = body.next
    }
  }
  return openFeed(
    {
      id: `feed:${binding.instance}`,
      format: 'session-event-v1',
      binding,
      everyMs,
      streams: [{ pages }],
    },
    ports,
  )
}
