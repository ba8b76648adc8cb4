/**
 * Remembers what was dealt with, so that reading a window again costs no second look. Bounded by two
 * generations; forgetting only means that something known is looked at once more.
 */
export function makeSeen(most: number) {
  let young = new Set<string>()
  let old = new Set<string>()
  return {
    has: (name: string): boolean => young.has(name) || old.has(name),
    add(name: string): void {
      if (young.size >= most) {
        old = young
        young = new Set()
      }
      young.add(name)
    },
  }
}
export type Seen = ReturnType<typeof makeSeen>
