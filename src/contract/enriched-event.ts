import type { SessionEvent } from './event.ts'
import type { NetworkClass } from './event-words.ts'

/**
 * The three states of a look-up. `not_evaluable` (private address, relay, carrier gateway, no
 * coordinates, no address at all) is not an answer: it never counts as clean and is reported.
 */
export type LookupState = 'hit' | 'miss' | 'not_evaluable'

export interface Place {
  readonly state: LookupState
  readonly country: string
  readonly region: string
  readonly city: string
  /** Degrees; null unless state is `hit` and the database has coordinates. */
  readonly latitude: number | null
  readonly longitude: number | null
  /** Radius in kilometres around the true place; null with the coordinates. */
  readonly accuracyKm: number | null
  /** Its source: `event`, or the database with its build, e.g. `geoip-lite@2.0.3`. */
  readonly saidBy: string
}

/** A place with coordinates and their accuracy radius. */
export interface LocatedPlace extends Place {
  readonly latitude: number
  readonly longitude: number
  readonly accuracyKm: number
}

export interface Network {
  readonly state: LookupState
  /** 0 when unknown. */
  readonly asn: number
  readonly name: string
  readonly class: NetworkClass
  readonly saidBy: string
}

export interface Device {
  /** `miss`: parsing was postponed because the budget for new user agents was used up. */
  readonly state: LookupState
  readonly browser: string
  readonly os: string
  readonly type: 'desktop' | 'mobile' | 'tablet' | 'other' | ''
  readonly agentClass: AgentClass
}

/** Kind of software that the user agent claims to be. The claim can be false, so it proves nothing. */
export type AgentClass =
  | 'browser'
  | 'app'
  | 'script'
  | 'bot'
  | 'ai_agent'
  | 'headless'
  | 'none'
  | 'unknown'

/** An event with the results of its look-ups. */
export interface EnrichedEvent {
  /** Complete and unchanged after decode. */
  readonly event: Readonly<SessionEvent>
  readonly place: Place
  readonly network: Network
  readonly device: Device
}

/** An unknown place: no address, or one that does not locate its user. */
export const noPlace: Place = {
  state: 'not_evaluable',
  country: '',
  region: '',
  city: '',
  latitude: null,
  longitude: null,
  accuracyKm: null,
  saidBy: '',
}

/** An unknown network: no address, or one that is not routed. */
export const noNetwork: Network = {
  state: 'not_evaluable',
  asn: 0,
  name: '',
  class: 'unknown',
  saidBy: '',
}

/** An unknown device: no user agent. */
export const noDevice: Device = {
  state: 'not_evaluable',
  browser: '',
  os: '',
  type: '',
  agentClass: 'none',
}
