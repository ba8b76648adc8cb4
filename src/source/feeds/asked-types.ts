/** The types of events that a feed asks for by name. */
export interface AskedTypes {
  /** Those to ask for now. */
  readonly current: () => readonly string[]
  /**
   * Finds out which of them the provider refuses, and leaves those out. `text` is what it answered to
   * all of them. False when none is: then something else was refused.
   *
   * @throws whatever `isRefused` throws.
   */
  readonly leaveOut: (text: string, signal: AbortSignal) => Promise<boolean>
}

/** What is refused today may be known tomorrow: a new version, a feature that was switched on. */
const againMs = 24 * 60 * 60_000
/** Asking for each type alone costs a request for each: not more often than this, where none is to blame. */
const probeEveryMs = 60 * 60_000

/**
 * Keeps a feed alive whose provider refuses a type of events by name: one that it does not know, that its
 * version does not have, or that is not switched on. Answers name the type or do not, and may name
 * others, so whatever they say each type is tried alone before it is left out.
 *
 * Left out are only types that are refused while another is not. After a day all are asked for again.
 */
export function makeAskedTypes({
  types,
  now,
  isRefused,
  onRefused,
}: {
  readonly types: readonly string[]
  /** ms since the epoch. */
  readonly now: () => number
  /** Asks for this type alone. */
  readonly isRefused: (type: string, signal: AbortSignal) => Promise<boolean>
  /** One that is asked for no more. */
  readonly onRefused: (type: string) => void
}): AskedTypes {
  const refused = new Set<string>()
  let refusedAt = 0
  let probedInVainAt = Number.NEGATIVE_INFINITY
  const current = (): readonly string[] => {
    if (refused.size > 0 && now() - refusedAt >= againMs) refused.clear()
    return types.filter((type) => !refused.has(type))
  }
  const refusedOf = async (some: readonly string[], signal: AbortSignal) => {
    const found: string[] = []
    for (const type of some) if (await isRefused(type, signal)) found.push(type)
    return found
  }
  const drop = (found: readonly string[]): boolean => {
    if (found.length > 0 && refused.size === 0) refusedAt = now()
    for (const type of found) {
      refused.add(type)
      onRefused(type)
    }
    return found.length > 0
  }
  return {
    current,
    leaveOut: async (text, signal) => {
      const asked = current()
      if (asked.length < 2) return false
      const named = asked.filter((type) => names(text, type))
      if (named.length < asked.length && drop(await refusedOf(named, signal))) return true
      if (now() - probedInVainAt < probeEveryMs) return false
      const found = await refusedOf(asked, signal)
      if (found.length < asked.length && drop(found)) return true
      probedInVainAt = now()
      return false
    },
  }
}

/** Whether a text holds the name as a word of its own: one name may end with another. */
function names(text: string, type: string): boolean {
  const at = text.indexOf(type)
  if (at < 0) return false
  const rest = text.slice(at + type.length)
  const isWord = !/[\w.]$/.test(text.slice(0, at)) && !/^\.?\w/.test(rest)
  return isWord || names(rest, type)
}
