import { askInPages } from '../../contract/in-pages.ts'
import type { Append, Ask, Clock } from '../../contract/ports.ts'
import { text } from '../../contract/read-row.ts'
import { RecentIds } from '../../process/recent-ids.ts'

const prefix = 'told:broken:'
/** Remembered, and the others are asked for. */
const seenMax = 50_000

const marked = 'select id from cursors where id in {ids:Array(String)} group by id'

/**
 * The broken curfews and stuck waves that were notified, kept in the store: a restart neither
 * repeats nor loses a notice. A crash between sending and marking repeats it once.
 */
export class SentNotices {
  readonly #ask: Ask
  readonly #append: Append
  readonly #clock: Clock
  readonly #seen = new RecentIds(seenMax)
  readonly #sending = new Set<string>()

  constructor(deps: { readonly ask: Ask; readonly append: Append; readonly clock: Clock }) {
    this.#ask = deps.ask
    this.#append = deps.append
    this.#clock = deps.clock
  }

  /**
   * Returns the ids that were not sent yet.
   *
   * @throws CurfewError of the store.
   */
  async unsent(ids: readonly string[]): Promise<readonly string[]> {
    const unknown = ids.filter((id) => !this.#seen.has(id))
    if (unknown.length === 0) return []
    const named = unknown.map((id) => `${prefix}${id}`)
    const rows = await askInPages(this.#ask, marked, 'ids', named)
    const known = new Set(rows.map((row) => text(row, 'id').slice(prefix.length)))
    for (const id of known) this.#seen.add(id)
    return unknown.filter((id) => !known.has(id))
  }

  /** Sends and marks, unless it was sent or is being sent. */
  async once(id: string, notify: () => Promise<void>): Promise<void> {
    if (this.#sending.has(id)) return
    this.#sending.add(id)
    try {
      if ((await this.unsent([id])).length === 0) return
      await notify()
      await this.markSent([id])
    } finally {
      this.#sending.delete(id)
    }
  }

  async markSent(ids: readonly string[]): Promise<void> {
    const cursor = new Date(this.#clock.now()).toISOString()
    await this.#append(
      'cursors',
      ids.map((id) => ({ id: `${prefix}${id}`, cursor })),
    )
    for (const id of ids) this.#seen.add(id)
  }
}
