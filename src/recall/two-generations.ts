/**
 * A bounded map that forgets what was not asked for lately: two maps, and when the young one is
 * full it becomes the old one. A look-up costs one or two gets. It only turns when told to, between
 * batches, so that nothing vanishes from under a batch: at most twice `max` entries live, and those
 * of one batch.
 */
export function makeTwoGenerations<Value>(max: number) {
  let young = new Map<string, Value>()
  let old = new Map<string, Value>()
  return {
    put(key: string, value: Value): void {
      young.set(key, value)
    },
    get(key: string): Value | undefined {
      const value = young.get(key)
      if (value !== undefined) return value
      const aged = old.get(key)
      if (aged !== undefined) young.set(key, aged)
      return aged
    },
    /** Makes room when the young ones are many; `forgot` tells whether some are gone for good. */
    turn(): 'not_due' | 'turned' | 'forgot' {
      if (young.size < max) return 'not_due'
      let forgot = false
      for (const key of old.keys()) {
        forgot = !young.has(key)
        if (forgot) break
      }
      old = young
      young = new Map()
      return forgot ? 'forgot' : 'turned'
    },
  }
}
