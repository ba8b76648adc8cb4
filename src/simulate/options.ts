import { CurfewError } from '../contract/errors.ts'
import type { Clock } from '../contract/ports.ts'
import type { HttpIdpOptions } from './idp/access.ts'
import type { Idp } from './idp/idp.ts'
import type { Noise, Sink } from './outbox.ts'
import type { Ledger } from './truth.ts'

/** How often things happen in the whole company on one day of life, on average. */
export interface Plant {
  /** Causes after which the company itself ends everything: nothing to find. */
  readonly causes: number
  /** Causes after which sessions are left alive. */
  readonly survivors: number
  readonly thefts: number
  readonly usesAfterRevoke: number
  readonly usesAfterExpiry: number
}

export interface SimulationOptions {
  /** Same seed, same company; in a world of its own also the same events and ledger. */
  readonly seed: string
  readonly people: number
  /**
   * How many times faster than the clock people live: 600 puts a working day into a minute. Events
   * carry the clock's time all the same. `fast`: in virtual time, as fast as the machine can.
   */
  readonly speed: number | 'fast'
  readonly clock: Clock
  /** The provider that holds the sessions: over HTTP, or a port in this process. */
  readonly idp?: Idp | HttpIdpOptions
  /** Instead of `idp`: sessions live only in this simulation's own books. `fast` needs it. */
  readonly worldOnly?: boolean
  readonly sink: Sink
  readonly ledger: Ledger
  /** Days of life until it ends by itself; for ever unless told otherwise. */
  readonly days?: number
  /** Wire time at which it ends by itself, ms since the epoch. */
  readonly until?: number
  /** Start of virtual time in `fast`; the clock's now unless told otherwise. */
  readonly startAt?: number
  readonly plant?: Partial<Plant>
  /** Wire time from which on no cause and no evil is begun any more. */
  readonly stopPlantingAt?: number
  /**
   * Wire time, default 20 s, by which survivors are beyond doubt: those left alive are older than
   * half of it, and would live longer than it.
   */
  readonly graceMs?: number
  /**
   * Wire time, default 45 s, that planted uses keep from the end of their session, so that nobody
   * can take them for requests in flight.
   */
  readonly lapseMs?: number
  readonly noise?: Partial<Noise>
  /** Messages a second of the given clock at most. */
  readonly eventsPerSecondMax?: number
  /** Whether nobody works on Saturdays and Sundays; only at speed 1 unless told otherwise. */
  readonly weekends?: boolean
  /** Whether the provider's feed is sent to the sink too; false when Curfew reads it itself. */
  readonly forwardFeed?: boolean
  /** The name the ledger gives the provider, default `loopback`. */
  readonly instance?: string
}

/** For a demo: a minute shows hundreds of sessions, dozens of causes and many survivors. */
export const demoScale = {
  people: 200,
  speed: 600,
  graceMs: 8_000,
  lapseMs: 40_000,
  plant: { causes: 70, survivors: 40, thefts: 10, usesAfterRevoke: 12, usesAfterExpiry: 12 },
  noise: { displacementMsMax: 5_000, late: 0 },
} as const

/** What an ordinary day of a company of this size brings. */
export function usualPlant(people: number): Plant {
  return {
    causes: people * 0.03,
    survivors: people * 0.02,
    thefts: people * 0.005,
    usesAfterRevoke: people * 0.003,
    usesAfterExpiry: people * 0.003,
  }
}

/** @throws CurfewError SETTINGS_INVALID when the options contradict each other. */
export function checkOptions({ idp, worldOnly = false, speed, people }: SimulationOptions): void {
  const oneWorld = (idp === undefined) === worldOnly
  const speedFits = speed === 'fast' ? worldOnly : speed > 0
  if (oneWorld && speedFits && people >= 1) return
  throw new CurfewError(
    'SETTINGS_INVALID',
    'A simulation needs at least one person, a speed above 0, and either a provider or ' +
      `worldOnly; the speed fast needs worldOnly. Found ${people} people, speed ${speed}, ` +
      `${idp === undefined ? 'no provider' : 'a provider'}, worldOnly ${worldOnly}. ` +
      'Change what does not fit.',
  )
}
