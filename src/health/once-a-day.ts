import type { Now } from '../contract/ports.ts'

/** Keys of one day. A producer can choose some of them, so their number is bounded. */
const keysMax = 500

/** A UTC day, such as 2026-11-03, and the instant at which a report became due, ms since the epoch. */
export interface DueDay {
  readonly day: string
  readonly at: number
}

/** Makes a function that returns the day once a day for each key, and undefined otherwise. */
export function makeOnceADay(now: Now): (...key: readonly string[]) => DueDay | undefined {
  let today = ''
  const reported = new Set<string>()
  return (...parts) => {
    const at = now()
    const day = new Date(at).toISOString().slice(0, 10)
    if (day !== today) reported.clear()
    today = day
    const key = JSON.stringify(parts)
    if (reported.has(key) || reported.size >= keysMax) return undefined
    reported.add(key)
    return { day, at }
  }
}
