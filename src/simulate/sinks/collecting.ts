import type { SimulatedEvent, Sink } from '../outbox.ts'

export interface CollectingSink extends Sink {
  /** Sends what is left. */
  readonly close: () => Promise<void>
}

/**
 * Gathers messages for a sink that takes its time over each batch: a simulation as fast as possible
 * hands over a few at a time, and each would wait for the whole way there and back. Only for where
 * nobody waits for an event, since the last ones are sent at closing.
 */
export function makeCollectingSink(sink: Sink, linesMax: number): CollectingSink {
  let gathered: SimulatedEvent[] = []
  const close = async () => {
    const lines = gathered
    gathered = []
    if (lines.length > 0) await sink.send(lines)
  }
  return {
    send: async (lines) => {
      for (const each of lines) gathered.push(each)
      if (gathered.length >= linesMax) await close()
    },
    close,
  }
}
