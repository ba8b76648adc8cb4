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
  /** Degrees; null unless state is `hit` and the database knows coordinates. */
  readonly latitude: number | null
  readonly longitude: number | null
  /** Radius in kilometres within which the truth lies; null with the coordinates. */
  readonly accuracyKm: number | null
  /** Who said it: `event`, or the database with its build, e.g. `geoip-lite@2.0.3`. */
  readonly saidBy: string
}

/** A place with coordinates and the radius within which they hold. */
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
  /** `miss`: parsing was put off because the budget for new user agents was spent. */
  readonly state: LookupState
  readonly browser: string
  readonly os: string
  readonly type: 'desktop' | 'mobile' | 'tablet' | 'other' | ''
  readonly agentClass: AgentClass
}

/** What kind of software the user agent claims to be. It can lie, so it narrows, never proves. */
export type AgentClass =
  | 'browser'
  | 'app'
  | 'script'
  | 'bot'
  | 'ai_agent'
  | 'headless'
  | 'none'
  | 'unknown'

/** An event with what look-ups know about where and from what it came. */
export interface EnrichedEvent {
  /** Complete: nothing changes it after decode. */
  readonly event: Readonly<SessionEvent>
  readonly place: Place
  readonly network: Network
  readonly device: Device
}

/** A place of which nothing can be said: no address, or one that hides where its user is. */
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

/** A network of which nothing can be said: no address, or one that is not routed. */
export const noNetwork: Network = {
  state: 'not_evaluable',
  asn: 0,
  name: '',
  class: 'unknown',
  saidBy: '',
}

/** A device of which nothing can be said: no user agent. */
export const noDevice: Device = {
  state: 'not_evaluable',
  browser: '',
  os: '',
  type: '',
  agentClass: 'none',
}
