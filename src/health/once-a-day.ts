import type { Now } from '../contract/ports.ts'

/** Things said on one day, at most: whoever can write to a source chooses the names of some. */
const saidMax = 500

/** A day, as in 2026-11-03 and UTC, and the instant of it, ms since the epoch. */
export interface SaidOn {
  readonly day: string
  readonly at: number
}

/** Makes the question whether something is to be said: on each day once; undefined when it was. */
export function makeOnceADay(now: Now): (...names: readonly string[]) => SaidOn | undefined {
  let today = ''
  const said = new Set<string>()
  return (...names) => {
    const at = now()
    const day = new Date(at).toISOString().slice(0, 10)
    if (day !== today) said.clear()
    today = day
    const key = JSON.stringify(names)
    if (said.has(key) || said.size >= saidMax) return undefined
    said.add(key)
    return { day, at }
  }
}
