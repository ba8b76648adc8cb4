import type { SimulatedEvent, Sink } from '../outbox.ts'

/** Hands every message to a function of the same process, one after the other. */
export function makeCallbackSink(take: (message: SimulatedEvent) => void | Promise<void>): Sink {
  return {
    send: async (lines) => {
      for (const line of lines) await take(line)
    },
  }
}
