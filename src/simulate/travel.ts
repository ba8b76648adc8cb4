import type { City } from './cities.ts'
import { distanceKm } from './cities.ts'
import { dayMs, hourMs } from './pace.ts'
import type { Random } from './random.ts'

/** A journey to another city and back, in wire time: bodies travel no faster in a hurried life. */
export interface Trip {
  readonly to: City
  /** From here on, until `arriveAt`, the traveller is in the air and uses nothing. */
  readonly leaveAt: number
  readonly arriveAt: number
  readonly returnAt: number
  readonly homeAt: number
}

/** Airliners cruise near 900 km/h; with taxiing and climbing, a journey is always slower. */
const cruiseKmh = 800
const airportMs = 1.5 * hourMs

/** How long the way takes, door to door. */
export function flightMs(from: City, to: City): number {
  return airportMs + (distanceKm(from, to) / cruiseKmh) * hourMs
}

/** A trip of one to five days of wire time, begun at `leaveAt`. */
export function planTrip(random: Random, home: City, to: City, leaveAt: number): Trip {
  const way = Math.round(flightMs(home, to))
  const returnAt = leaveAt + way + random.whole(1, 5) * dayMs
  return { to, leaveAt, arriveAt: leaveAt + way, returnAt, homeAt: returnAt + way }
}

/** The city somebody is in at an instant of wire time, undefined while they fly. */
export function cityAt(home: City, trips: readonly Trip[], at: number): City | undefined {
  for (const trip of trips) {
    if (at < trip.leaveAt || at >= trip.homeAt) continue
    return at >= trip.arriveAt && at < trip.returnAt ? trip.to : undefined
  }
  return home
}
