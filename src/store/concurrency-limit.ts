/**
 * Lets at most so many calls run at a time; the rest wait in order, and past `waitingMax` they are
 * refused at once, since a queue that only grows helps nobody.
 */
export function makeConcurrencyLimit(atOnceMax: number, waitingMax: number, refused: () => Error) {
  let running = 0
  const waiting: (() => void)[] = []
  return async function withLimit<T>(work: () => Promise<T>): Promise<T> {
    if (running >= atOnceMax) {
      if (waiting.length >= waitingMax) throw refused()
      await new Promise<void>((resolve) => waiting.push(resolve))
    } else {
      running += 1
    }
    try {
      return await work()
    } finally {
      const next = waiting.shift()
      if (next) next()
      else running -= 1
    }
  }
}
