import type { SubjectKind } from '../contract/event-words.ts'
import type { City } from './cities.ts'
import type { Device } from './devices.ts'
import { makeDevice } from './devices.ts'
import type { Network } from './networks.ts'
import {
  homeNetwork,
  hostingNetwork,
  mobileNetwork,
  officeNetwork,
  vpnNetwork,
} from './networks.ts'
import { hourMs } from './pace.ts'
import type { Random } from './random.ts'
import type { Trip } from './travel.ts'

/** Whoever can hold a session: a person, a service account, an agent acting for a person. */
export interface Actor {
  readonly id: string
  readonly kind: SubjectKind
  readonly email: string
  /** Id of the person an agent acts for, '' otherwise. */
  readonly onBehalfOf: string
  readonly home: City
  /** Organizations the actor may act in; the first is where most work is done. */
  organizations: readonly string[]
  devices: readonly Device[]
  /** Networks by situation. Servers have only one, and it is all of these. */
  readonly networks: {
    readonly home: Network
    readonly office: Network
    readonly mobile: Network
    readonly vpn: Network | undefined
  }
  /** Hours of the local day at which work begins and ends. */
  readonly workFrom: number
  readonly workTo: number
  /** Journeys in wire time, ordered; the last one may still lie ahead. */
  trips: readonly Trip[]
  /** The consent an agent's sessions rest on, '' otherwise. */
  grantId: string
  /** Suspended or left: signs in no more. */
  gone: boolean
  /** Part of a planted story that has not ended; no other story is begun with them. */
  busy: boolean
  /** What is being asked of the provider about them; see `inTurn`. */
  turn: Promise<unknown>
}

/**
 * Does one thing after the other with the same actors. A login that is underway while a cause is told
 * would be older than the cause at the provider and unknown in the company's books: its session is
 * rightly ended, and the books would call that wrong.
 */
export function inTurn<T>(actors: readonly Actor[], work: () => Promise<T>): Promise<T> {
  const mine = Promise.all(actors.map(({ turn }) => turn)).then(work)
  const settled = mine.catch(() => undefined)
  for (const actor of actors) actor.turn = settled
  return mine
}

const firstNames = [
  'ada',
  'ben',
  'chi',
  'dara',
  'eli',
  'fay',
  'gus',
  'hana',
  'ivo',
  'june',
] as const
const lastNames = ['abel', 'brook', 'cruz', 'dahl', 'engel', 'fox', 'grun', 'holt', 'ito'] as const

export interface Surroundings {
  readonly offices: readonly City[]
  readonly cities: readonly City[]
  readonly organizations: readonly string[]
}

/** A person with a home, working hours, devices and networks. `n` is theirs alone. */
export function makePerson(random: Random, n: number, around: Surroundings): Actor {
  const worksAtOffice = random.chance(0.8)
  const home = random.pick(worksAtOffice ? around.offices : around.cities)
  const homeLine = homeNetwork(random, home, n)
  const workFrom = random.whole(7, 10)
  const extra = random.chance(0.25) ? [random.pick(around.organizations)] : []
  return {
    id: `user_${random.hex(12)}`,
    kind: 'user',
    email: `${random.pick(firstNames)}.${random.pick(lastNames)}${n}@example.com`,
    onBehalfOf: '',
    home,
    organizations: [...new Set([random.pick(around.organizations), ...extra])],
    devices: makeDevices(random),
    networks: {
      home: homeLine,
      office: worksAtOffice ? officeNetwork(home) : homeLine,
      mobile: mobileNetwork(home),
      vpn: random.chance(0.15) ? vpnNetwork(random.pick(around.cities)) : undefined,
    },
    workFrom,
    workTo: workFrom + random.whole(7, 10),
    trips: [],
    grantId: '',
    gone: false,
    busy: false,
    turn: Promise.resolve(),
  }
}

/** One to three: a laptop always, mostly a phone, sometimes a tablet. */
function makeDevices(random: Random): readonly Device[] {
  const devices = [makeDevice(random, 'laptop')]
  if (random.chance(0.7)) devices.push(makeDevice(random, 'handheld'))
  if (random.chance(0.1)) devices.push(makeDevice(random, 'handheld'))
  return devices
}

/** A service account: one machine in a data centre, awake day and night. */
export function makeServiceAccount(random: Random, n: number, around: Surroundings): Actor {
  return makeMachine(random, around, {
    id: `svc_${random.hex(12)}`,
    kind: 'service',
    email: `robot${n}@example.com`,
    onBehalfOf: '',
    organizations: [random.pick(around.organizations)],
    grantId: '',
    workFrom: 0,
    workTo: 24,
  })
}

/** An AI agent that acts for a person, under a grant of theirs. */
export function makeAgent(random: Random, person: Actor, around: Surroundings): Actor {
  return makeMachine(random, around, {
    id: `agent_${random.hex(12)}`,
    kind: 'agent',
    email: '',
    onBehalfOf: person.id,
    organizations: person.organizations.slice(0, 1),
    grantId: `grant_${random.hex(12)}`,
    workFrom: person.workFrom,
    workTo: person.workTo,
  })
}

type Machine = Omit<Actor, 'home' | 'devices' | 'networks' | 'trips' | 'gone' | 'busy' | 'turn'>

function makeMachine(random: Random, around: Surroundings, who: Machine): Actor {
  const home = random.pick(around.offices)
  const rack = hostingNetwork(home)
  return {
    ...who,
    home,
    devices: [makeDevice(random, 'script')],
    networks: { home: rack, office: rack, mobile: rack, vpn: undefined },
    trips: [],
    gone: false,
    busy: false,
    turn: Promise.resolve(),
  }
}

/** Whether it is working time where the actor lives. `lifeAt` in ms since the epoch. */
export function isAtWork(actor: Actor, lifeAt: number): boolean {
  const hours = (((lifeAt / hourMs + actor.home.utcOffsetHours) % 24) + 24) % 24
  const since = (hours - actor.workFrom + 24) % 24
  return since < actor.workTo - actor.workFrom
}
