import { instanceKey } from '../../contract/identity.ts'
import type { Clock, Row } from '../../contract/ports.ts'
import { text } from '../../contract/read-row.ts'

/** The position within an instance, by the order of its rows. */
export interface InstancePosition {
  readonly tenant: string
  readonly instance: string
}

/** What a statement for one page is given, beside the place after which the page begins. */
export type PageBounds = {
  /** Rows recorded since, ms since the epoch by the clock of the store. */
  readonly since: number
  /** The last instance of the page. */
  readonly last_tenant: string
  readonly last_instance: string
  /** Most rows of one instance, and of the page. */
  readonly share: number
  readonly most: number
}

/** The end of a statement whose rows come in pages: `columns` order the rows of an instance. */
export const pageCondition = (columns: string, places: string): string => `
  and (tenant, instance, ${columns}) > ({tenant:String}, {instance:String}, ${places})
  and (tenant, instance) <= ({last_tenant:String}, {last_instance:String})`
export const pageLimit = (columns: string): string => `
order by tenant, instance, ${columns}
limit {share:UInt32} by tenant, instance
limit {most:UInt32}`

export interface ChangePagesOptions<Position extends InstancePosition> {
  readonly clock: Clock
  /** Before the first and after the last row that an instance may have. */
  readonly first: Omit<Position, keyof InstancePosition>
  readonly last: Omit<Position, keyof InstancePosition>
  readonly positionOf: (row: Row) => Position
  /** Rows of one instance read together with others; an instance with more is read separately. */
  readonly share: number
  /** Rows of one page. */
  readonly most: number
  /** Whether there is room for more of an instance, by its `instanceKey`; always, by default. */
  readonly hasRoom?: (instance: string) => boolean
  /** Whether nothing is to be read for now. */
  readonly isPaused?: () => boolean
}

/** How far something was read. */
interface Reading<Position> {
  readonly since: number
  readonly position: Position
  /** What came meanwhile may lie before the position: since when it is to be read again after the end. */
  readonly again: number | undefined
}

/** Pages of one step; the rest is read in the next round. */
const pagesMax = 4
/** After this time a step starts no further page, ms. */
const stepMs = 1_000
/** Greater than any name. */
export const beyondIds = '\u{10ffff}'

/**
 * Reads what was recorded since an instant in bounded pages over many rounds. Instances are read
 * together up to a share each; one with more is read separately, in turns. A large instance
 * therefore delays no other, and rows without room stay in the store.
 */
export class ChangePages<Position extends InstancePosition> {
  readonly #options: ChangePagesOptions<Position>
  #all: Reading<Position> | undefined
  readonly #separate = new Map<string, Reading<Position>>()

  constructor(options: ChangePagesOptions<Position>) {
    this.#options = options
  }

  /** Something was recorded since an instant, and is to be read. */
  changedSince(since: number): void {
    const all = this.#all
    this.#all = all
      ? { ...all, again: Math.min(since, all.again ?? since) }
      : { since, position: this.#startOf('', ''), again: undefined }
  }

  /** Whether all changes were read. */
  get isDone(): boolean {
    return this.#all === undefined && this.#separate.size === 0
  }

  /** Whether there is something that can be read at once. */
  get canContinue(): boolean {
    if (this.#options.isPaused?.()) return false
    return this.#all !== undefined || this.#nextSeparate() !== undefined
  }

  /**
   * Reads the next few pages. A page that could not be read, or taken, is read again the next time.
   *
   * @throws what `ask` and `take` throw.
   */
  async read(
    ask: (values: Position & PageBounds) => Promise<readonly Row[]>,
    take: (rows: readonly Row[], values: Position & PageBounds) => Promise<void> | void,
  ): Promise<void> {
    const { clock, isPaused } = this.#options
    const begunAt = clock.now()
    for (let pages = 0; pages < pagesMax && clock.now() - begunAt <= stepMs; pages += 1) {
      if (isPaused?.()) return
      const separate = this.#nextSeparate()
      if (this.#all && (pages % 2 === 0 || !separate)) await this.#readAll(this.#all, ask, take)
      else if (separate) await this.#readSeparate(separate, ask, take)
      else return
    }
  }

  async #readAll(
    { since, position }: Reading<Position>,
    ask: (values: Position & PageBounds) => Promise<readonly Row[]>,
    take: (rows: readonly Row[], values: Position & PageBounds) => Promise<void> | void,
  ): Promise<void> {
    const { share, most, hasRoom = () => true, positionOf } = this.#options
    const beyond = { last_tenant: beyondIds, last_instance: beyondIds }
    const values = { ...position, ...beyond, since, share, most }
    const rows = await ask(values)
    const some: Row[] = []
    const long: (readonly [string, Row])[] = []
    for (const [key, mine] of Map.groupBy(rows, keyOf)) {
      const [first, end] = [mine[0], mine.at(-1)]
      const known = this.#separate.get(key)
      if (!first || !end) continue
      if (known) this.#separate.set(key, { ...known, again: Math.min(since, known.again ?? since) })
      else if (!hasRoom(key)) this.#separate.set(key, { since, ...this.#beginOf(first) })
      else {
        for (const row of mine) some.push(row)
        if (mine.length >= share) long.push([key, end])
      }
    }
    await take(some, values)
    for (const [key, end] of long) {
      this.#separate.set(key, { since, position: positionOf(end), again: undefined })
    }
    const end = rows.length < most ? undefined : rows.at(-1)
    const { again } = this.#all ?? { again: undefined }
    if (end) this.#all = { since, position: this.#afterRow(end), again }
    else this.#all = undefined
    if (!end && again !== undefined) this.changedSince(again)
  }

  async #readSeparate(
    key: string,
    ask: (values: Position & PageBounds) => Promise<readonly Row[]>,
    take: (rows: readonly Row[], values: Position & PageBounds) => Promise<void> | void,
  ): Promise<void> {
    const known = this.#separate.get(key)
    if (!known) return
    const { most, positionOf } = this.#options
    const { since, position, again } = known
    const own = { last_tenant: position.tenant, last_instance: position.instance }
    const values = { ...position, ...own, since, share: most, most }
    const rows = await ask(values)
    await take(rows, values)
    // Moved to the end, so that the others have their turn.
    this.#separate.delete(key)
    const end = rows.length < most ? undefined : rows.at(-1)
    if (end) this.#separate.set(key, { since, position: positionOf(end), again })
    else if (again !== undefined) {
      const start = this.#startOf(position.tenant, position.instance)
      this.#separate.set(key, { since: again, position: start, again: undefined })
    }
  }

  /** Skips an instance that is read separately. */
  #afterRow(row: Row): Position {
    if (!this.#separate.has(keyOf(row))) return this.#options.positionOf(row)
    return this.#positionAt(text(row, 'tenant'), text(row, 'instance'), this.#options.last)
  }

  #nextSeparate(): string | undefined {
    const { hasRoom = () => true } = this.#options
    for (const key of this.#separate.keys()) if (hasRoom(key)) return key
    return undefined
  }

  #beginOf(row: Row): Pick<Reading<Position>, 'position' | 'again'> {
    return { position: this.#startOf(text(row, 'tenant'), text(row, 'instance')), again: undefined }
  }

  #startOf(tenant: string, instance: string): Position {
    return this.#positionAt(tenant, instance, this.#options.first)
  }

  #positionAt(
    tenant: string,
    instance: string,
    rest: Omit<Position, keyof InstancePosition>,
  ): Position {
    // The omitted fields of the rest are the ones given here.
    return { tenant, instance, ...rest } as Position
  }
}

function keyOf(row: Row): string {
  return instanceKey(text(row, 'tenant'), text(row, 'instance'))
}
