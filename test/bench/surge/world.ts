import type { MeshFile } from '../routing/meshFile.ts'
import { gaussian, type Random, seeded } from '../routing/random.ts'
import { splitOf } from '../routing/split.ts'

export interface WorldOptions {
  readonly seed: number
  /** Live sessions by seats, 0-1, held all day. */
  readonly fill: number
  /** Seats of one site, on average. */
  readonly seatsPerSite: number
  /** Standard deviation of the logarithm of what sites have and of what places ask for. */
  readonly unevenness: number
  /** Swing of a place's demand around its mean within a day, 0-1. */
  readonly peak: number
  readonly hours: number
}

export interface World {
  readonly seats: Int32Array
  /** Clients by sites, row by row. */
  readonly rttMs: Float64Array
  readonly bestMs: Float64Array
  /** Between sites, row by row; NaN where nobody has measured it. */
  readonly meshMs: Float64Array
  readonly clients: number
  readonly sites: number
  readonly arrivals: readonly Arrival[]
  /** From when on figures are taken: by then the first sessions are gone. */
  readonly fromMs: number
  readonly untilMs: number
}

export interface Arrival {
  readonly client: number
  readonly startMs: number
  readonly lengthMs: number
}

const hourMs = 3_600_000
export const meanSessionMs = 45 * 60_000
const warmUpMs = 4 * hourMs
/** Local hour of the most players. */
const peakHour = 21

/**
 * Sites and seats, places and players: a fifth of the hosts are held out as places where players live, the rest are sites. Players come
 * as a Poisson process and stay for an exponential time; each place's evening peak follows its longitude, and the total is held.
 */
export function makeWorld(mesh: MeshFile, options: WorldOptions): World {
  const random = seeded(options.seed)
  const { sites, clients: held } = splitOf(mesh, random)
  const rttMs = Float64Array.from(
    held.flatMap((client) =>
      sites.map((site) => mesh.clientToSite.min[client]?.[site] ?? Number.POSITIVE_INFINITY),
    ),
  )
  const seatWeights = sites.map(() => Math.exp(options.unevenness * gaussian(random)))
  const perWeight = (options.seatsPerSite * sites.length) / sum(seatWeights)
  const seats = Int32Array.from(seatWeights, (weight) => Math.max(1, Math.round(weight * perWeight)))
  const places = held.map((index) => ({
    weight: Math.exp(options.unevenness * gaussian(random)),
    lon: mesh.clients[index]?.lon ?? 0,
  }))
  const untilMs = warmUpMs + options.hours * hourMs
  const perMs = (options.fill * sum([...seats])) / meanSessionMs
  return {
    seats,
    rttMs,
    bestMs: Float64Array.from(held, (_, row) =>
      Math.min(...rttMs.subarray(row * sites.length, (row + 1) * sites.length)),
    ),
    meshMs: Float64Array.from(
      sites.flatMap((from) => sites.map((to) => mesh.siteToSite.min[from]?.[to] ?? Number.NaN)),
    ),
    clients: held.length,
    sites: sites.length,
    arrivals: makeArrivals(places, perMs, untilMs, options.peak, random),
    fromMs: warmUpMs,
    untilMs,
  }
}

interface PlayersPlace {
  readonly weight: number
  readonly lon: number
}

function makeArrivals(
  places: readonly PlayersPlace[],
  perMs: number,
  untilMs: number,
  peak: number,
  random: Random,
): Arrival[] {
  const arrivals: Arrival[] = []
  let shares: readonly number[] = []
  let sharesUntilMs = 0
  for (let nowMs = 0; ; ) {
    nowMs += -Math.log(1 - random()) / perMs
    if (nowMs >= untilMs) return arrivals
    if (nowMs >= sharesUntilMs) {
      shares = cumulativeShares(places, nowMs, peak)
      sharesUntilMs = nowMs + 60_000
    }
    const drawn = random()
    const client = Math.max(
      0,
      shares.findIndex((share) => drawn < share),
    )
    arrivals.push({ client, startMs: nowMs, lengthMs: -Math.log(1 - random()) * meanSessionMs })
  }
}

function cumulativeShares(places: readonly PlayersPlace[], nowMs: number, peak: number): number[] {
  const rates = places.map(({ weight, lon }) => {
    const localHour = nowMs / hourMs + lon / 15
    return weight * (1 + peak * Math.cos(((localHour - peakHour) / 24) * 2 * Math.PI))
  })
  const total = sum(rates)
  let soFar = 0
  return rates.map((rate) => (soFar += rate / total))
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)
