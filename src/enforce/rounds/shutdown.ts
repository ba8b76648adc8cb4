import type { Clock, Log } from '../../contract/ports.ts'
import { stopTimes } from '../../contract/stop-times.ts'

/** How an enforcer comes to its end. */
export interface Shutdown {
  /** Whether calls may still begin. */
  readonly mayCall: () => boolean
  /** Aborts when calls under way are given up; whether they were carried out is then in doubt. */
  readonly givenUp: AbortSignal
  /**
   * From now on no call begins: an operator may stop an enforcer because it ends the wrong
   * sessions. Resolves when running work has ended or took too long.
   */
  readonly leave: (underWay: Promise<unknown>) => Promise<void>
}

export function makeShutdown({
  clock,
  log,
  isElected,
}: {
  readonly clock: Clock
  readonly log: Log
  readonly isElected: () => boolean
}): Shutdown {
  let isLeaving = false
  const givenUp = new AbortController()
  const leave = async (underWay: Promise<unknown>): Promise<void> => {
    isLeaving = true
    const over = new AbortController()
    const giveUp = clock.wait(stopTimes.callsGivenUp, over.signal).then(() => {
      if (!over.signal.aborted) givenUp.abort()
    })
    const left = clock.wait(stopTimes.enforcerLeft, over.signal).then(() => 'left' as const)
    const end = await Promise.race([underWay, left])
    over.abort()
    await giveUp
    if (end === 'left') log.warn({}, 'stopped while the store was still at work for the enforcer')
  }
  return { mayCall: () => !isLeaving && isElected(), givenUp: givenUp.signal, leave }
}
