export interface Point {
  readonly lat: number
  readonly lon: number
}

const earthKm = 6371

/** Great-circle distance (haversine). */
export function distanceKm(a: Point, b: Point): number {
  const rad = Math.PI / 180
  const dLat = (b.lat - a.lat) * rad
  const dLon = (b.lon - a.lon) * rad
  const h = Math.sin(dLat / 2) ** 2 + Math.cos(a.lat * rad) * Math.cos(b.lat * rad) * Math.sin(dLon / 2) ** 2
  return 2 * earthKm * Math.asin(Math.min(1, Math.sqrt(h)))
}

/**
 * What a round trip over a distance usually takes: light in fibre needs 1 ms there and back for 100 km, real paths are about
 * twice as long as the great circle, and the access network adds some 8 ms.
 */
export const estimateRttMs = (km: number): number => 8 + km / 50
