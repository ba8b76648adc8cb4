import type { City } from './cities.ts'
import type { Device } from './devices.ts'
import type { Network } from './networks.ts'
import { hotelNetwork } from './networks.ts'
import { dayMs, hourMs, minuteMs } from './pace.ts'
import type { Actor } from './people.ts'
import { isAtWork } from './people.ts'
import type { Random } from './random.ts'

/**
 * What people, services and agents usually do, in life time. Round numbers, chosen to look like a
 * company of office workers: nothing in Curfew may be tuned to them.
 */

/** The next start of work after `lifeAt`, with a little lateness. */
export function nextArrival(
  random: Random,
  actor: Actor,
  lifeAt: number,
  weekends: boolean,
): number {
  const offset = actor.home.utcOffsetHours * hourMs
  let midnight = Math.floor((lifeAt + offset) / dayMs) * dayMs
  for (;;) {
    const arrival = midnight - offset + actor.workFrom * hourMs
    if (arrival > lifeAt && !(weekends && isWeekend(midnight))) {
      return arrival + random.unit() * 40 * minuteMs
    }
    midnight += dayMs
  }
}

const isWeekend = (midnight: number): boolean => [0, 6].includes(new Date(midnight).getUTCDay())

/** How a new session is meant to go. Lengths of life in ms. */
export interface Plan {
  readonly kind: 'online' | 'offline' | 'agent'
  /** Until the provider ends it by itself. */
  readonly lastsMs: number
  /** Until its owner uses it no more, counted from its beginning. */
  readonly usedForMs: number
  readonly gapMs: number
  readonly logsOut: boolean
  readonly authMethod: string
}

/** A browser on a laptop or tablet: signed in for an errand, for the morning or the whole day. */
export function planBrowserSession(random: Random): Plan {
  return {
    kind: 'online',
    lastsMs: random.pick([2, 4, 8, 10, 12]) * hourMs,
    usedForMs: random.between(2, 9) * hourMs,
    gapMs: 12 * minuteMs,
    logsOut: random.chance(0.5),
    authMethod: random.pick(['password', 'passkey', 'sso', 'sso']),
  }
}

/** An app on a phone, kept signed in for weeks. */
export function planPhoneSession(random: Random): Plan {
  const days = random.whole(7, 30)
  return {
    kind: 'offline',
    lastsMs: days * dayMs,
    usedForMs: days * dayMs,
    gapMs: 45 * minuteMs,
    logsOut: false,
    authMethod: 'passkey',
  }
}

export function planServiceSession(): Plan {
  return {
    kind: 'online',
    lastsMs: dayMs,
    usedForMs: dayMs,
    gapMs: 20 * minuteMs,
    logsOut: false,
    authMethod: 'client_credentials',
  }
}

/** A task an agent was given: short, busy, and over when it is done. */
export function planAgentSession(random: Random): Plan {
  return {
    kind: 'agent',
    lastsMs: random.whole(2, 4) * hourMs,
    usedForMs: random.between(0.5, 2) * hourMs,
    gapMs: 5 * minuteMs,
    logsOut: random.chance(0.7),
    authMethod: 'token_exchange',
  }
}

/** The network somebody is on with a device, in the city they are in. */
export function networkFor(
  random: Random,
  actor: Actor,
  device: Device,
  city: City,
  lifeAt: number,
): Network {
  if (device.kind === 'server') return actor.networks.home
  if (device.kind === 'phone' && random.chance(0.5)) return actor.networks.mobile
  if (actor.networks.vpn !== undefined && random.chance(0.2)) return actor.networks.vpn
  if (city !== actor.home) return hotelNetwork(city)
  return isAtWork(actor, lifeAt) ? actor.networks.office : actor.networks.home
}
