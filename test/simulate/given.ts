import type { Clock } from '../../src/contract/ports.ts'
import type { SessionEventV1 } from '../../src/contract/session-event-v1.ts'
import type { SimulationOptions } from '../../src/simulate/options.ts'
import type { SimulatedEvent } from '../../src/simulate/outbox.ts'
import { noNoise } from '../../src/simulate/outbox.ts'
import type { Summary } from '../../src/simulate/simulate.ts'
import { openSimulation } from '../../src/simulate/simulate.ts'
import type { TruthEntry } from '../../src/simulate/truth.ts'
import { readLedger } from '../../src/simulate/truth.ts'

/** Monday, midnight. */
export const monday = Date.UTC(2026, 10, 2)

/** A clock that nobody waits for: waiting lets its time pass. */
export function aClock(at = monday): Clock & { readonly pass: (ms: number) => void } {
  let now = at
  return {
    now: () => now,
    wait: async (ms) => {
      now += ms
    },
    pass: (ms) => {
      now += ms
    },
  }
}

export interface Run {
  readonly summary: Summary
  readonly messages: readonly SimulatedEvent[]
  readonly ledger: readonly string[]
}

/** Runs a company in a world of its own, without noise unless asked for. */
export async function aRun(given: Partial<SimulationOptions> = {}): Promise<Run> {
  const messages: SimulatedEvent[] = []
  const ledger: string[] = []
  const simulation = openSimulation({
    seed: 'a company',
    people: 40,
    speed: 'fast',
    worldOnly: true,
    days: 3,
    clock: aClock(),
    noise: noNoise,
    sink: {
      send: async (lines) => {
        messages.push(...lines)
      },
    },
    ledger: { write: (line) => ledger.push(line) },
    ...given,
  })
  return { summary: await simulation.run(), messages, ledger }
}

/** Events as they were sent; only for runs without malformed messages. */
export const eventsOf = ({ messages }: Run): SessionEventV1[] =>
  messages.map(({ json }) => JSON.parse(json))

export const truthIn = ({ ledger }: Pick<Run, 'ledger'>): TruthEntry[] => [...readLedger(ledger)]

export type TruthOf<Kind> = TruthEntry & { readonly kind: Kind }

export function truthOfKind<Kind extends TruthEntry['kind']>(
  run: Pick<Run, 'ledger'>,
  kind: Kind,
): TruthOf<Kind>[] {
  return truthIn(run).filter((entry): entry is TruthOf<Kind> => entry.kind === kind)
}
