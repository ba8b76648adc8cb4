import type { Append, Ask, Clock } from '../contract/ports.ts'
import { text } from './read-row.ts'

const prefix = 'told:broken:'

/**
 * Which broken curfews were told of, kept in the store: a restart must neither tell all of them
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

  async mark(curfewIds: readonly string[]): Promise<void> {
    const cursor = new Date(this.#clock.now()).toISOString()
    const fresh = curfewIds.filter((id) => !this.#ids.has(id))
    await this.#append(
      'cursors',
      fresh.map((id) => ({ id: `${prefix}${id}`, cursor })),
    )
    for (const id of fresh) this.#ids.add(id)
  }
}
