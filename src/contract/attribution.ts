/**
 * Attribution of the data behind places and networks, as their licences require it wherever the data
 * is passed on or shown. All of it was changed: compiled, merged and rounded.
 */
export const attributions = [
  {
    data: 'dbip-city-lite',
    text: 'IP Geolocation by DB-IP (https://db-ip.com), CC BY 4.0, changed',
  },
  {
    data: 'ip-location-db-asn',
    text: 'AS numbers by RouteViews (https://www.routeviews.org), NRO (https://www.nro.net) and DB-IP (https://db-ip.com), merged by ip-location-db, CC BY 4.0, changed',
  },
  {
    data: 'geoip-lite',
    text: 'This product includes GeoLite2 data created by MaxMind, available from https://www.maxmind.com, CC BY-SA 4.0',
  },
] as const

/** The attributions of the builds in use; none for the operator's own files. */
export function attributionOf(builds: readonly string[]): readonly string[] {
  return attributions
    .filter(({ data }) => builds.some((build) => build.startsWith(data)))
    .map(({ text }) => text)
}
