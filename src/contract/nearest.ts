/** The closest of the valid values: at most two letters off, and a third of its length. */
export function nearestOf(word: string, known: readonly string[]): string | undefined {
  const near = known
    .map((each) => ({ each, off: distance(word, each) }))
    .filter(({ each, off }) => off <= Math.min(2, each.length / 3))
    .sort((one, other) => one.off - other.off)
  return near[0]?.each
}

/** Levenshtein: how many letters must be changed, added or left out. */
function distance(one: string, other: string): number {
  // A longer difference is no typing mistake, and the cost grows with its square.
  if (Math.abs(one.length - other.length) > 2) return Number.POSITIVE_INFINITY
  let row = Array.from({ length: other.length + 1 }, (_, at) => at)
  for (const [i, letter] of [...one].entries()) {
    const next = [i + 1]
    for (const [j, theirs] of [...other].entries()) {
      const swapped = (row[j] ?? 0) + (letter === theirs ? 0 : 1)
      next.push(Math.min(swapped, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1))
    }
    row = next
  }
  return row.at(-1) ?? 0
}
