/**
 * Runs at most `atOnceMax` calls at a time; others wait in order, and beyond `waitingMax` they are
 * refused at once, so that the queue cannot grow without bound.
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
