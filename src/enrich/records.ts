/** What a database record says about a place, before any judgement. */
export interface PlaceFacts {
  readonly country: string
  readonly region: string
  readonly city: string
  readonly latitude: number | null
  readonly longitude: number | null
  readonly accuracyKm: number | null
}

export interface NetworkFacts {
  readonly asn: number
  readonly name: string
  /** True when the database itself calls the network a hosting one. */
  readonly hosting: boolean
}

/**
 * Reads a city record in any of three shapes: nested as MaxMind and DB-IP write it, flat with
 * `country_code` and `state1` as ip-location-db does, or flat with numbers as text as IPinfo does.
 * Undefined when it names neither a country nor coordinates.
 */
export function placeFactsOf(record: unknown): PlaceFacts | undefined {
  const location = at(record, 'location')
  const nested = typeof at(record, 'country') === 'object' || location !== undefined
  const facts = nested ? nestedPlace(record, location) : flatPlace(record)
  return facts.country === '' && facts.latitude === null ? undefined : facts
}

function nestedPlace(record: unknown, location: unknown): PlaceFacts {
  const subdivision = at(at(record, 'subdivisions'), '0')
  return {
    country: countryOf(
      at(at(record, 'country'), 'iso_code') ?? at(at(record, 'registered_country'), 'iso_code'),
    ),
    region: text(at(subdivision, 'iso_code')) || text(at(at(subdivision, 'names'), 'en')),
    city: text(at(at(at(record, 'city'), 'names'), 'en')),
    ...coordinatesOf(at(location, 'latitude'), at(location, 'longitude')),
    accuracyKm: positive(at(location, 'accuracy_radius')),
  }
}

function flatPlace(record: unknown): PlaceFacts {
  return {
    country: countryOf(at(record, 'country_code')) || countryOf(at(record, 'country')),
    region: text(at(record, 'state1')) || text(at(record, 'region')),
    city: text(at(record, 'city')),
    ...coordinatesOf(
      at(record, 'latitude') ?? at(record, 'lat'),
      at(record, 'longitude') ?? at(record, 'lng'),
    ),
    accuracyKm: positive(at(record, 'accuracy_radius') ?? at(record, 'radius')),
  }
}

/**
 * Coordinates when both are there and possible. Exactly 0,0 is how broken sources spell unknown:
 * it lies in the sea, and a thousand people there would all seem to travel.
 */
export function coordinatesOf(
  latitude: unknown,
  longitude: unknown,
): { readonly latitude: number | null; readonly longitude: number | null } {
  const north = numberOf(latitude)
  const east = numberOf(longitude)
  const possible = north !== null && east !== null && Math.abs(north) <= 90 && Math.abs(east) <= 180
  if (!possible || (north === 0 && east === 0)) return { latitude: null, longitude: null }
  return { latitude: north, longitude: east }
}

/**
 * Reads an ASN record as MaxMind, DB-IP and ip-location-db write it, or as IPinfo does (`AS64496`).
 * Undefined when it names no number.
 */
export function networkFactsOf(record: unknown): NetworkFacts | undefined {
  const said = at(record, 'autonomous_system_number') ?? at(record, 'asn')
  const asn = typeof said === 'string' ? Number(said.replace(/^AS/i, '')) : said
  if (typeof asn !== 'number' || !Number.isInteger(asn) || asn < 1 || asn > 0xffff_ffff) {
    return undefined
  }
  return {
    asn,
    name:
      text(at(record, 'autonomous_system_organization')) ||
      text(at(record, 'as_name')) ||
      text(at(record, 'name')),
    hosting: (at(record, 'type') ?? at(record, 'as_type')) === 'hosting',
  }
}

/** ISO 3166-1 alpha-2 or ''. */
export function countryOf(value: unknown): string {
  return typeof value === 'string' && /^[A-Z]{2}$/.test(value) ? value : ''
}

function at(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined
}

function text(value: unknown): string {
  return typeof value === 'string' ? value.slice(0, 128) : ''
}

function numberOf(value: unknown): number | null {
  if (typeof value === 'number') return Number.isFinite(value) ? value : null
  if (typeof value !== 'string' || value.trim() === '') return null
  const number = Number(value)
  return Number.isFinite(number) ? number : null
}

function positive(value: unknown): number | null {
  const number = numberOf(value)
  return number !== null && number > 0 ? number : null
}
