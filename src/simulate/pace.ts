import type { Clock } from '../contract/ports.ts'

export const secondMs = 1_000
export const minuteMs = 60 * secondMs
export const hourMs = 60 * minuteMs
export const dayMs = 24 * hourMs

/**
 * Two times. *Wire* time is the clock's: it stamps events, and sessions end by it. *Life* time is
 * what the company's people live by: at speed 600, a working day passes in a minute of wire time.
 * What bodies do (flights) and what networks do (delays) is always measured in wire time, so that
 * even a hurried company never flies faster than an aeroplane.
 */
export interface Pace {
  readonly speed: number
  readonly lifeAt: (wireAt: number) => number
  readonly wireAt: (lifeAt: number) => number
  /** Length of a stretch of life on the wire, in whole milliseconds. */
  readonly wireMs: (lifeMs: number) => number
}

/** @param start one instant in both times, in ms since the epoch. */
export function makePace(
  speed: number,
  start: { readonly wire: number; readonly life: number },
): Pace {
  return {
    speed,
    lifeAt: (wireAt) => start.life + (wireAt - start.wire) * speed,
    wireAt: (lifeAt) => Math.round(start.wire + (lifeAt - start.life) / speed),
    wireMs: (lifeMs) => Math.round(lifeMs / speed),
  }
}

/** Monday, 09:00 UTC, of the week of `at`: a start at which some of the world is at work. */
export function mondayMorning(at: number): number {
  const midnight = Math.floor(at / dayMs) * dayMs
  const daysSinceMonday = (new Date(midnight).getUTCDay() + 6) % 7
  return midnight - daysSinceMonday * dayMs + 9 * hourMs
}

/** Time that passes as soon as somebody waits for it. */
export function makeVirtualClock(startAt: number): Clock {
  let now = startAt
  return {
    now: () => now,
    wait: async (ms) => {
      now += Math.max(0, ms)
    },
  }
}
