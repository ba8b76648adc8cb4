/** Mean radius of the Earth, kilometres (IUGG). */
const earthKm = 6371.0088

/** Great-circle distance in kilometres between two places in degrees (haversine). */
export function distanceKm(
  from: { readonly latitude: number; readonly longitude: number },
  to: { readonly latitude: number; readonly longitude: number },
): number {
  const rad = Math.PI / 180
  const north = Math.sin(((to.latitude - from.latitude) * rad) / 2)
  const east = Math.sin(((to.longitude - from.longitude) * rad) / 2)
  const chord =
    north * north + Math.cos(from.latitude * rad) * Math.cos(to.latitude * rad) * east * east
  return 2 * earthKm * Math.asin(Math.min(1, Math.sqrt(chord)))
}
