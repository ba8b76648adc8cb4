/** A real city: coordinates of its centre in degrees, winter offset from UTC in hours. */
export interface City {
  readonly name: string
  readonly country: string
  readonly latitude: number
  readonly longitude: number
  readonly utcOffsetHours: number
}

const city = (
  name: string,
  country: string,
  latitude: number,
  longitude: number,
  utcOffsetHours: number,
): City => ({ name, country, latitude, longitude, utcOffsetHours })

/** The first city of each country is where its mobile carriers keep their gateways. */
export const cities: readonly City[] = [
  city('Warsaw', 'PL', 52.23, 21.01, 1),
  city('Kraków', 'PL', 50.06, 19.94, 1),
  city('London', 'GB', 51.51, -0.13, 0),
  city('Manchester', 'GB', 53.48, -2.24, 0),
  city('Berlin', 'DE', 52.52, 13.4, 1),
  city('Hamburg', 'DE', 53.55, 9.99, 1),
  city('Paris', 'FR', 48.86, 2.35, 1),
  city('Madrid', 'ES', 40.42, -3.7, 1),
  city('Lisbon', 'PT', 38.72, -9.14, 0),
  city('Stockholm', 'SE', 59.33, 18.07, 1),
  city('Nairobi', 'KE', -1.29, 36.82, 3),
  city('Cape Town', 'ZA', -33.92, 18.42, 2),
  city('Lagos', 'NG', 6.52, 3.38, 1),
  city('Dubai', 'AE', 25.2, 55.27, 4),
  city('Bengaluru', 'IN', 12.97, 77.59, 5.5),
  city('Mumbai', 'IN', 19.08, 72.88, 5.5),
  city('Singapore', 'SG', 1.35, 103.82, 8),
  city('Tokyo', 'JP', 35.68, 139.69, 9),
  city('Osaka', 'JP', 34.69, 135.5, 9),
  city('Seoul', 'KR', 37.57, 126.98, 9),
  city('Sydney', 'AU', -33.87, 151.21, 10),
  city('Auckland', 'NZ', -36.85, 174.76, 12),
  city('New York', 'US', 40.71, -74.01, -5),
  city('Chicago', 'US', 41.88, -87.63, -6),
  city('San Francisco', 'US', 37.77, -122.42, -8),
  city('Toronto', 'CA', 43.65, -79.38, -5),
  city('Mexico City', 'MX', 19.43, -99.13, -6),
  city('São Paulo', 'BR', -23.55, -46.63, -3),
  city('Buenos Aires', 'AR', -34.6, -58.38, -3),
]

const earthRadiusKm = 6371

/** Great-circle distance by the haversine formula, in kilometres. */
export function distanceKm(
  one: { readonly latitude: number; readonly longitude: number },
  other: { readonly latitude: number; readonly longitude: number },
): number {
  const radians = Math.PI / 180
  const halfLatitude = Math.sin(((other.latitude - one.latitude) * radians) / 2)
  const halfLongitude = Math.sin(((other.longitude - one.longitude) * radians) / 2)
  const chord =
    halfLatitude ** 2 +
    Math.cos(one.latitude * radians) * Math.cos(other.latitude * radians) * halfLongitude ** 2
  return 2 * earthRadiusKm * Math.asin(Math.min(1, Math.sqrt(chord)))
}
