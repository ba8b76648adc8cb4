/** Does one work after the other, in the order in which they were asked for. */
export interface Turns {
  readonly inTurn: <T>(work: () => Promise<T>) => Promise<T>
  /** Resolves when all that was asked for so far is over. */
  readonly turn: () => Promise<unknown>
}

export function makeTurns(): Turns {
  let last: Promise<unknown> = Promise.resolve()
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const mine = last.then(work, work)
    last = mine.catch(() => {})
    return mine
  }
  return { inTurn, turn: () => last }
}
