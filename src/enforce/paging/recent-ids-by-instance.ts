/**
 * Remembers what was dealt with, so that reading a window again costs no second look. Forgetting only
 * means that something known is looked at once more.
 *
 * Instances share the room: where it is full, the instance that has most
 * in it forgets its older half, and no other one forgets anything. `instance` is an `instanceKey`.
 */
export function makeRecentIdsByInstance(most: number) {
  const seen = new Map<string, Set<string>>()
  let size = 0
  const makeRoom = (): void => {
    let fullest = new Set<string>()
    for (const names of seen.values()) if (names.size > fullest.size) fullest = names
    let left = Math.ceil(fullest.size / 2)
    size -= left
    for (const name of fullest) {
      if (left === 0) return
      fullest.delete(name)
      left -= 1
    }
  }
  return {
    has: (instance: string, name: string): boolean => seen.get(instance)?.has(name) === true,
    add(instance: string, name: string): void {
      const names = seen.get(instance) ?? new Set<string>()
      seen.set(instance, names)
      if (names.has(name)) return
      if (size >= most) makeRoom()
      names.add(name)
      size += 1
    },
  }
}
