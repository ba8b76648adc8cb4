import type { SessionEventV1 } from '../contract/session-event-v1.ts'
import type { City } from './cities.ts'
import { cities } from './cities.ts'
import type { Random } from './random.ts'

/**
 * A network somebody goes online by. Its place and operator travel with the event, because the
 * addresses are those reserved for documentation (RFC 5737, RFC 3849), which no database can place.
 * Every address belongs to one city only: an address that seems to move would hide real movement.
 */
export interface Network {
  readonly city: City
  /** True for fixed lines, whose place can be judged; gateways and tunnels are elsewhere. */
  readonly placed: boolean
  readonly place: NonNullable<SessionEventV1['place']>
  readonly network: NonNullable<SessionEventV1['network']>
  /** The address on a given day of life: homes with IPv6 change theirs daily (RFC 8981). */
  readonly addressOn: (day: number) => string
}

type Class = 'fixed' | 'mobile' | 'vpn' | 'hosting'

// Published medians: 3 to 16 km for fixed lines, about 200 km for mobile carriers.
const accuracyKm = { fixed: 20, mobile: 200, vpn: 50, hosting: 50 } as const

// Numbers kept for documentation by RFC 5398.
const asnOf = (class_: Class, index: number): number =>
  (class_ === 'fixed' ? 64496 : class_ === 'mobile' ? 65536 : 65544) + (index % 8)

function makeNetwork(
  city: City,
  class_: Class,
  name: string,
  addressOn: (day: number) => string,
): Network {
  return {
    city,
    placed: class_ === 'fixed',
    place: {
      country: city.country,
      city: city.name,
      latitude: city.latitude,
      longitude: city.longitude,
      accuracy_km: accuracyKm[class_],
    },
    network: { asn: asnOf(class_, indexOf(city)), name, class: class_ },
    addressOn,
  }
}

const indexOf = (city: City): number => cities.indexOf(city)
const always = (address: string) => () => address

/** Everybody in an office leaves by one address. */
export function officeNetwork(city: City): Network {
  return makeNetwork(city, 'fixed', 'Example Office', always(`192.0.2.${1 + indexOf(city)}`))
}

export function hotelNetwork(city: City): Network {
  return makeNetwork(city, 'fixed', 'Example Hotels', always(`192.0.2.${64 + indexOf(city)}`))
}

/** Where thieves sit: a rented fixed line, so that the place can be judged. */
export function thiefNetwork(city: City): Network {
  return makeNetwork(city, 'fixed', 'Example Broadband', always(`192.0.2.${160 + indexOf(city)}`))
}

/** A carrier's gateway stands in the country's first city, wherever the phone is. */
export function mobileNetwork(city: City): Network {
  const hub = cities.find((other) => other.country === city.country) ?? city
  return makeNetwork(hub, 'mobile', 'Example Mobile', always(`198.51.100.${1 + indexOf(hub)}`))
}

export function vpnNetwork(city: City): Network {
  return makeNetwork(city, 'vpn', 'Example VPN', always(`198.51.100.${64 + indexOf(city)}`))
}

export function hostingNetwork(city: City): Network {
  return makeNetwork(city, 'hosting', 'Example Cloud', always(`198.51.100.${128 + indexOf(city)}`))
}

/** Homes with an IPv4 address of their own: as many as the documentation range holds. */
const ipv4HomesMax = 254

/** @param n a number no other home has. */
export function homeNetwork(random: Random, city: City, n: number): Network {
  if (n < ipv4HomesMax && random.chance(0.7)) {
    return makeNetwork(city, 'fixed', 'Example Telecom', always(`203.0.113.${1 + n}`))
  }
  const prefix = `2001:db8:${((n >>> 16) & 0xffff).toString(16)}:${(n & 0xffff).toString(16)}`
  const salt = random.uint32()
  return makeNetwork(city, 'fixed', 'Example Fibre', (day) => {
    const host = Math.imul(day + 1, 2654435761) ^ salt
    const [high, low] = [(host >>> 16) & 0xffff, host & 0xffff]
    return `${prefix}:${(high | 1).toString(16)}:${(low | 1).toString(16)}:${((high ^ low) | 1).toString(16)}:${(((low * 7) & 0xffff) | 1).toString(16)}`
  })
}
