import { CurfewError } from '../../../src/contract/errors.ts'
import type { SendRequest } from '../../../src/contract/ports.ts'
import type { Answer } from '../../source/feeds/feed-play.ts'

export interface StoredEvent {
  readonly n: number
  /** By Keycloak's clock. */
  readonly time: number
  /** When the request that made it ended, by the clock of the wall. */
  readonly visibleAt: number
}

/**
 * Keycloak's event endpoints as 26.4 has them: `dateFrom` in ms and inclusive, ascending by time
 * and by nothing else, `first` and `max`; a token that lives a minute.
 */
export class FakeKeycloak {
  readonly stored: { events: StoredEvent[]; 'admin-events': StoredEvent[] } = {
    events: [],
    'admin-events': [],
  }
  /** No page is longer than this, whatever `max` asks for. */
  pageMax = 100
  skewMs = 0
  tellsTime = true
  ignoresDirection = false
  bodyEventsMax = Number.POSITIVE_INFINITY
  statuses: number[] = []
  tokens = 0
  readonly #now: () => number
  #tokenAt = Number.NEGATIVE_INFINITY

  constructor(now: () => number) {
    this.#now = now
  }

  /** By its own clock. */
  get now(): number {
    return this.#now() + this.skewMs
  }

  revokeTokens(): void {
    this.#tokenAt = Number.NEGATIVE_INFINITY
  }

  readonly serve = (url: URL, { headers, body }: SendRequest): Answer => {
    const status = this.statuses.shift()
    if (status !== undefined && status !== 200) return { status, headers: { 'retry-after': '2' } }
    if (url.pathname.endsWith('/token')) {
      const form = new URLSearchParams(body)
      if (form.get('client_secret') !== 'hush') return { status: 401 }
      this.tokens += 1
      this.#tokenAt = this.#now()
      return { body: { access_token: `token-${this.tokens}`, expires_in: 60 } }
    }
    const isAlive = this.#now() - this.#tokenAt < 60_000
    if (!isAlive || headers?.authorization !== `Bearer token-${this.tokens}`) return { status: 401 }
    if (!url.pathname.startsWith('/admin/realms/staff%20of%20a/')) return { status: 404 }
    return this.#page(url.pathname.endsWith('/admin-events') ? 'admin-events' : 'events', url)
  }

  #page(which: 'events' | 'admin-events', { searchParams: query }: URL): Answer {
    const from = Number(query.get('dateFrom'))
    const first = Number(query.get('first'))
    const found = this.stored[which]
      .filter(({ time, visibleAt }) => time >= from && visibleAt <= this.#now())
      .sort((a, b) => a.time - b.time)
    if (this.ignoresDirection || query.get('direction') !== 'asc') found.reverse()
    const page = found.slice(first, first + Math.min(Number(query.get('max')), this.pageMax))
    if (page.length > this.bodyEventsMax) throw new CurfewError('ENFORCE_MALFORMED', 'too large')
    return {
      body: page.map(({ n, time }) => ({ time, type: 'LOGIN', details: { n: String(n) } })),
      headers: this.tellsTime ? { date: new Date(this.now).toUTCString() } : {},
    }
  }
}
