/** Does one work after the other, in the order in which they were asked for. */
export interface Mutex {
  readonly runExclusive: <T>(work: () => Promise<T>) => Promise<T>
  /** Resolves when all that was asked for so far is over. */
  readonly idle: () => Promise<unknown>
}

export function makeMutex(): Mutex {
  let last: Promise<unknown> = Promise.resolve()
  const runExclusive = <T>(work: () => Promise<T>): Promise<T> => {
    const mine = last.then(work, work)
    last = mine.catch(() => {})
    return mine
  }
  return { runExclusive, idle: () => last }
}
