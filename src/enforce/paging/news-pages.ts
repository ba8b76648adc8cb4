import { instanceKey } from '../../contract/identity.ts'
import type { Clock, Row } from '../../contract/ports.ts'
import { text } from '../../contract/read-row.ts'

/** Where a reading stands: within an instance by what its rows are in the order of. */
export interface InstancePlace {
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
export const pageOf = (columns: string, places: string): string => `
  and (tenant, instance, ${columns}) > ({tenant:String}, {instance:String}, ${places})
  and (tenant, instance) <= ({last_tenant:String}, {last_instance:String})`
export const limitOf = (columns: string): string => `
order by tenant, instance, ${columns}
limit {share:UInt32} by tenant, instance
limit {most:UInt32}`

export interface NewsPagesOptions<Place extends InstancePlace> {
  readonly clock: Clock
  /** Before the first and after the last row that an instance may have. */
  readonly first: Omit<Place, keyof InstancePlace>
  readonly last: Omit<Place, keyof InstancePlace>
  readonly placeOf: (row: Row) => Place
  /** Rows of one instance that are read along with those of the others; more of it are read apart. */
  readonly share: number
  /** Rows of one page. */
  readonly most: number
  /** Whether there is room for more of an instance, by its `instanceKey`; always, by default. */
  readonly hasRoom?: (instance: string) => boolean
  /** Whether nothing is to be read for now. */
  readonly rests?: () => boolean
}

/** How far something was read. */
interface Reading<Place> {
  readonly since: number
  readonly place: Place
  /** What came meanwhile may lie before the place: since when it is to be read again after the end. */
  readonly again: number | undefined
}

/** Pages of one step; the others come with the next round. */
const pagesMax = 4
/** After this time a step begins no further page, ms. */
const stepMs = 1_000
/** Greater than any name. */
export const beyondNames = '\u{10ffff}'

/**
 * What was recorded since an instant, read in bounded pages over many rounds. All instances are read along
 * with each other, so much of each; one that has more is read apart from there on, and those take turns. So
 * a flood of one instance holds up no other one, and what there is no room for stays in the store.
 */
export class NewsPages<Place extends InstancePlace> {
  readonly #options: NewsPagesOptions<Place>
  #all: Reading<Place> | undefined
  readonly #apart = new Map<string, Reading<Place>>()

  constructor(options: NewsPagesOptions<Place>) {
    this.#options = options
  }

  /** Something was recorded since an instant, and is to be read. */
  news(since: number): void {
    const all = this.#all
    this.#all = all
      ? { ...all, again: Math.min(since, all.again ?? since) }
      : { since, place: this.#startOf('', ''), again: undefined }
  }

  /** Whether all was read that was news. */
  get isOver(): boolean {
    return this.#all === undefined && this.#apart.size === 0
  }

  /** Whether there is something that can be read at once. */
  get canGoOn(): boolean {
    if (this.#options.rests?.()) return false
    return this.#all !== undefined || this.#nextApart() !== undefined
  }

  /**
   * Reads the next few pages. A page that could not be read, or taken, is read again the next time.
   *
   * @throws what `ask` and `take` throw.
   */
  async read(
    ask: (values: Place & PageBounds) => Promise<readonly Row[]>,
    take: (rows: readonly Row[], values: Place & PageBounds) => Promise<void> | void,
  ): Promise<void> {
    const { clock, rests } = this.#options
    const begunAt = clock.now()
    for (let pages = 0; pages < pagesMax && clock.now() - begunAt <= stepMs; pages += 1) {
      if (rests?.()) return
      const apart = this.#nextApart()
      if (this.#all && (pages % 2 === 0 || !apart)) await this.#readAll(this.#all, ask, take)
      else if (apart) await this.#readApart(apart, ask, take)
      else return
    }
  }

  async #readAll(
    { since, place }: Reading<Place>,
    ask: (values: Place & PageBounds) => Promise<readonly Row[]>,
    take: (rows: readonly Row[], values: Place & PageBounds) => Promise<void> | void,
  ): Promise<void> {
    const { share, most, hasRoom = () => true, placeOf } = this.#options
    const beyond = { last_tenant: beyondNames, last_instance: beyondNames }
    const values = { ...place, ...beyond, since, share, most }
    const rows = await ask(values)
    const some: Row[] = []
    const long: (readonly [string, Row])[] = []
    for (const [key, mine] of Map.groupBy(rows, keyOf)) {
      const [first, end] = [mine[0], mine.at(-1)]
      const known = this.#apart.get(key)
      if (!first || !end) continue
      if (known) this.#apart.set(key, { ...known, again: Math.min(since, known.again ?? since) })
      else if (!hasRoom(key)) this.#apart.set(key, { since, ...this.#beginOf(first) })
      else {
        for (const row of mine) some.push(row)
        if (mine.length >= share) long.push([key, end])
      }
    }
    await take(some, values)
    for (const [key, end] of long) {
      this.#apart.set(key, { since, place: placeOf(end), again: undefined })
    }
    const end = rows.length < most ? undefined : rows.at(-1)
    const { again } = this.#all ?? { again: undefined }
    if (end) this.#all = { since, place: this.#afterRow(end), again }
    else this.#all = undefined
    if (!end && again !== undefined) this.news(again)
  }

  async #readApart(
    key: string,
    ask: (values: Place & PageBounds) => Promise<readonly Row[]>,
    take: (rows: readonly Row[], values: Place & PageBounds) => Promise<void> | void,
  ): Promise<void> {
    const known = this.#apart.get(key)
    if (!known) return
    const { most, placeOf } = this.#options
    const { since, place, again } = known
    const own = { last_tenant: place.tenant, last_instance: place.instance }
    const values = { ...place, ...own, since, share: most, most }
    const rows = await ask(values)
    await take(rows, values)
    // To the end, so that the others have their turns.
    this.#apart.delete(key)
    const end = rows.length < most ? undefined : rows.at(-1)
    if (end) this.#apart.set(key, { since, place: placeOf(end), again })
    else if (again !== undefined) {
      const start = this.#startOf(place.tenant, place.instance)
      this.#apart.set(key, { since: again, place: start, again: undefined })
    }
  }

  /** An instance that is read apart is over here. */
  #afterRow(row: Row): Place {
    if (!this.#apart.has(keyOf(row))) return this.#options.placeOf(row)
    return this.#placeAt(text(row, 'tenant'), text(row, 'instance'), this.#options.last)
  }

  #nextApart(): string | undefined {
    const { hasRoom = () => true } = this.#options
    for (const key of this.#apart.keys()) if (hasRoom(key)) return key
    return undefined
  }

  #beginOf(row: Row): Pick<Reading<Place>, 'place' | 'again'> {
    return { place: this.#startOf(text(row, 'tenant'), text(row, 'instance')), again: undefined }
  }

  #startOf(tenant: string, instance: string): Place {
    return this.#placeAt(tenant, instance, this.#options.first)
  }

  #placeAt(tenant: string, instance: string, rest: Omit<Place, keyof InstancePlace>): Place {
    // What is left out of the rest is what is given here.
    return { tenant, instance, ...rest } as Place
  }
}

function keyOf(row: Row): string {
  return instanceKey(text(row, 'tenant'), text(row, 'instance'))
}
