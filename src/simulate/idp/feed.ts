import type { SessionEventV1 } from '../../contract/session-event-v1.ts'

/** What the identity provider knows of an event before the feed names it. */
export type Fact = { readonly occurredAt: number } & {
  readonly [Field in Exclude<KnownField, 'version' | 'id' | 'occurred_at'>]?: SessionEventV1[Field]
} & { readonly type: SessionEventV1['type'] }

type KnownField = keyof SessionEventV1

/**
 * The provider's event feed: its facts in the order in which it learned them. The name of an event
 * is its place in the feed, so it is stable and serves as cursor. Old events are dropped once more
 * than `eventsMax` are held; a reader that lags further gets the oldest that are left.
 */
export class Feed {
  readonly #prefix: string
  readonly #eventsMax: number
  #events: SessionEventV1[] = []
  /** Number of the first event still held. */
  #first = 0

  /** @param prefix tells two providers, or two lives of one, apart. */
  constructor(prefix: string, eventsMax: number) {
    this.#prefix = prefix
    this.#eventsMax = eventsMax
  }

  add({ occurredAt, type, ...rest }: Fact): SessionEventV1 {
    const number = this.#first + this.#events.length
    const event: SessionEventV1 = {
      version: 1,
      id: `evt_${this.#prefix}_${String(number).padStart(10, '0')}`,
      type,
      occurred_at: new Date(occurredAt).toISOString(),
      ...rest,
    }
    this.#events.push(event)
    // Cut by halves, so that dropping costs nothing on the average.
    if (this.#events.length > 2 * this.#eventsMax) {
      this.#first += this.#events.length - this.#eventsMax
      this.#events = this.#events.slice(-this.#eventsMax)
    }
    return event
  }

  /**
   * Events after a cursor, oldest first; from the oldest held when the cursor is ''. Undefined when
   * the cursor is not one of this feed.
   */
  after(cursor: string, limit: number): readonly SessionEventV1[] | undefined {
    const number = this.#numberOf(cursor)
    if (number === undefined) return undefined
    const from = Math.max(0, number + 1 - this.#first)
    return this.#events.slice(from, from + limit)
  }

  #numberOf(cursor: string): number | undefined {
    if (cursor === '') return -1
    const start = `evt_${this.#prefix}_`
    const digits = cursor.startsWith(start) ? cursor.slice(start.length) : ''
    if (!/^\d{10}$/.test(digits)) return undefined
    const number = Number(digits)
    return number < this.#first + this.#events.length ? number : undefined
  }
}
