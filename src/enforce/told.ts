import type { Append, Ask, Clock } from '../contract/ports.ts'
import { text } from '../verdict/read-row.ts'

const prefix = 'told:broken:'

/**
 * Which broken curfews and stuck waves were told of, kept in the store: a restart must neither tell all of them
 * again nor forget one. A crash between telling and marking tells once more.
 */
export class Told {
  readonly #append: Append
  readonly #clock: Clock
  readonly #ids: Set<string>

  private constructor(append: Append, clock: Clock, ids: Set<string>) {
    this.#append = append
    this.#clock = clock
    this.#ids = ids
  }

  static async open({
    ask,
    append,
    clock,
  }: {
    readonly ask: Ask
    readonly append: Append
    readonly clock: Clock
  }): Promise<Told> {
    const rows = await ask(
      'select id from cursors where startsWith(id, {prefix:String}) group by id',
      {
        prefix,
      },
    )
    return new Told(append, clock, new Set(rows.map((row) => text(row, 'id').slice(prefix.length))))
  }

  has(curfewId: string): boolean {
    return this.#ids.has(curfewId)
  }

  /** Tells and marks, unless that was done or is being done side by side. */
  async once(id: string, tell: () => Promise<void>): Promise<void> {
    if (this.#ids.has(id)) return
    this.#ids.add(id)
    try {
      await tell()
      await this.#write([id])
    } catch (error) {
      this.#ids.delete(id)
      throw error
    }
  }

  async mark(curfewIds: readonly string[]): Promise<void> {
    const fresh = curfewIds.filter((id) => !this.#ids.has(id))
    await this.#write(fresh)
    for (const id of fresh) this.#ids.add(id)
  }

  async #write(ids: readonly string[]): Promise<void> {
    const cursor = new Date(this.#clock.now()).toISOString()
    await this.#append(
      'cursors',
      ids.map((id) => ({ id: `${prefix}${id}`, cursor })),
    )
  }
}
