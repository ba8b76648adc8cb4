/**
 * A bounded map that forgets what was not asked for lately: two maps, and when the young one is
 * full it becomes the old one. At most twice `max` entries live; a look-up costs one or two gets.
 */
export function makeTwoGenerations<Value>(max: number, forgotten: () => void) {
  let young = new Map<string, Value>()
  let old = new Map<string, Value>()
  const put = (key: string, value: Value): void => {
    if (young.size >= max) {
      if (old.size > 0) forgotten()
      old = young
      young = new Map()
    }
    young.set(key, value)
  }
  return {
    put,
    get(key: string): Value | undefined {
      const value = young.get(key)
      if (value !== undefined) return value
      const aged = old.get(key)
      if (aged !== undefined) put(key, aged)
      return aged
    },
    size: () => young.size + old.size,
  }
}
