import type { PlaceFacts } from './records.ts'

/** Databases name a city for most addresses that are within this of it. */
export const cityKm = 50

/** The half-width of a usual province. */
const regionKm = 250

/** A country without an entry reaches at most about this far from its middle. */
const countryKm = 1000

/** Countries that reach farther from their middle, kilometres, rounded up from maps. */
const wideCountriesKm: ReadonlyMap<string, number> = new Map([
  ['RU', 4500],
  ['US', 4500],
  ['CA', 3000],
  ['CN', 2700],
  ['AU', 2500],
  ['BR', 2500],
  ['ID', 2700],
  ['CL', 2400],
  ['AR', 2000],
  ['IN', 1800],
  ['KZ', 1700],
  ['MX', 1800],
  ['NO', 1500],
  ['JP', 1500],
  ['CD', 1400],
  ['DZ', 1400],
  ['MN', 1300],
  ['PE', 1200],
  ['SA', 1300],
  ['SD', 1200],
])

/** How far from its middle a country reaches, kilometres; for '' the widest there is. */
export function countryReachKm(country: string): number {
  return country === '' ? 4500 : (wideCountriesKm.get(country) ?? countryKm)
}

/**
 * Radius in kilometres within which the truth lies: what the database says, else a floor by what it
 * knows. When only the country is known, its coordinates are the country's middle, and the radius
 * is never less than the country's reach, whatever the database claims.
 */
export function accuracyOf({ country, region, city, accuracyKm }: PlaceFacts): number {
  if (city !== '') return accuracyKm ?? cityKm
  if (region !== '') return accuracyKm ?? regionKm
  return Math.max(accuracyKm ?? 0, countryReachKm(country))
}
