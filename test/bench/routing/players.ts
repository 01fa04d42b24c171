import type { Whereabouts } from '../../../server/placement/routing/types.ts'
import type { MeshFile } from './meshFile.ts'
import { gaussian, type Random } from './random.ts'

const pings = 3
const earthKm = 6371

/**
 * Quantiles, 0 to 1 in steps of a twentieth, of the accuracy radius that geoip-lite 1.4.10 gives: 200,000 random IPv4
 * addresses, asked once.
 */
export const claimedAccuraciesKm: readonly number[] = [
  5, 5, 10, 20, 20, 50, 100, 100, 200, 200, 500, 500, 1000, 1000, 1000, 1000, 1000, 1000, 1000, 1000, 1000,
]

/** What a browser would measure: the minimum of three pings, each the pair's average with its deviation, never under its minimum. */
export function probeOf(
  { clientToSite: { min, avg, stddev } }: MeshFile,
  client: number,
  site: number,
  random: Random,
): { rttMs: number; jitterMs: number } | null {
  const lowMs = min[client]?.[site] ?? null
  if (lowMs === null) return null
  const middleMs = avg?.[client]?.[site] ?? lowMs
  const deviationMs = stddev?.[client]?.[site] ?? 0
  const samples = Array.from({ length: pings }, () =>
    Math.max(lowMs, middleMs + deviationMs * gaussian(random)),
  )
  const rttMs = Math.min(...samples)
  return { rttMs, jitterMs: Math.max(...samples) - rttMs }
}

/**
 * Where a geo database puts a client: off by a distance drawn from `errorsKm`, in any direction.
 * @param claimsKm quantiles of what the database says of its accuracy, drawn whatever the error is
 */
export function placeOf(
  { lat, lon }: { lat: number; lon: number },
  errorsKm: readonly number[],
  claimsKm: readonly number[],
  random: Random,
): Whereabouts {
  const km = quantileAt(errorsKm, random())
  const accuracyKm = quantileAt(claimsKm, random())
  return { ...destination(lat, lon, km, random() * 2 * Math.PI), accuracyKm }
}

function quantileAt(quantiles: readonly number[], share: number): number {
  const position = share * (quantiles.length - 1)
  const below = quantiles[Math.floor(position)] ?? 0
  const above = quantiles[Math.ceil(position)] ?? below
  return below + (above - below) * (position - Math.floor(position))
}

/** The point `km` away along a great circle. */
function destination(lat: number, lon: number, km: number, bearing: number): { lat: number; lon: number } {
  const rad = Math.PI / 180
  const arc = km / earthKm
  const from = lat * rad
  const to = Math.asin(Math.sin(from) * Math.cos(arc) + Math.cos(from) * Math.sin(arc) * Math.cos(bearing))
  const turn = Math.atan2(
    Math.sin(bearing) * Math.sin(arc) * Math.cos(from),
    Math.cos(arc) - Math.sin(from) * Math.sin(to),
  )
  return { lat: to / rad, lon: ((lon + turn / rad + 540) % 360) - 180 }
}
