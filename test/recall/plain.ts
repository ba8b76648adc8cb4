import type { Sighting, Use } from '../../src/contract/memory.ts'
import { displacementMs, lookbackMs, sightingsMax, usesMax } from '../../src/contract/memory.ts'
import type { Seen } from '../../src/recall/sightings-table.ts'

/**
 * What the tables of columns must do, written down with plain lists: the oracle they are held
 * against.
 */
interface Placed {
  readonly at: number
  readonly eventId: string
}

const inOrder = (one: Placed, other: Placed) =>
  one.at - other.at || (one.eventId < other.eventId ? -1 : one.eventId > other.eventId ? 1 : 0)

export class PlainUses {
  uses: readonly Use[] = []
  last: Use | null = null
  overflow = false

  learn(use: Use): void {
    if (use.outcome === 'accepted' && (!this.last || inOrder(this.last, use) < 0)) this.last = use
    const youngest = this.uses.at(-1)?.at ?? 0
    const settled = Math.max(use.at, youngest) - lookbackMs - displacementMs
    if (use.at < settled || this.uses.some(({ eventId }) => eventId === use.eventId)) return
    const uses = [...this.uses.filter(({ at }) => at >= settled), use].sort(inOrder)
    if (uses.length > usesMax) {
      const outdone = uses.findIndex((each, place) =>
        uses
          .slice(place + 1)
          .some(({ outcome, observer }) => outcome === each.outcome && observer === each.observer),
      )
      uses.splice(Math.max(0, outdone), 1)
      this.overflow = true
    }
    this.uses = uses
  }
}

export class PlainSightings {
  sightings: Sighting[] = []
  overflow = false

  add({ place, ...seen }: Seen): void {
    // A copy, or the conflicting copy that says it was earlier.
    if (this.sightings.some(({ at, eventId }) => at >= seen.at && eventId === seen.eventId)) return
    const { sightings } = this
    sightings.push({ ...seen, ...place })
    sightings.sort(inOrder)
    const settled = (sightings.at(-1)?.at ?? 0) - displacementMs
    for (let at = sightings.length - 2; at > 0; at -= 1) {
      const [before, here, after] = [sightings[at - 1], sightings[at], sightings[at + 1]]
      if (!before || !here || !after || after.at >= settled) continue
      if (before.ip !== here.ip || here.ip !== after.ip) break
      sightings.splice(at, 1)
    }
    if (sightings.length <= sightingsMax) return
    sightings.shift()
    this.overflow = true
  }
}
