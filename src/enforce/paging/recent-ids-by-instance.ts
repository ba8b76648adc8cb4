/**
 * Ids that were handled, so that a window read again costs no repeated work; a forgotten id is
 * handled once more. Instances share the room: when it is full, the largest instance forgets its
 * older half. `instance` is an `instanceKey`.
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
