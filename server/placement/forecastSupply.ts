import type { ForecastHour } from './forecast.ts'
import { solveTransport } from './transport.ts'

export interface SupplyHour extends ForecastHour {
  readonly seats: number
  /** `tight`: the seats do for what is expected, not for the upper end of the band. */
  readonly state: 'enough' | 'tight' | 'short'
  /** Seats that are missing at the upper end of the band. */
  readonly missing: number
}

/** Sets what a region and class has against what is expected of it. */
export const supplyAgainst = (forecast: readonly ForecastHour[], seats: number): readonly SupplyHour[] =>
  forecast.map((hour) => ({
    ...hour,
    seats,
    state: hour.expected > seats ? 'short' : hour.high > seats ? 'tight' : 'enough',
    missing: Math.max(0, Math.ceil(hour.high - seats)),
  }))

/** Where players are: a network, a city or a region. */
export interface DemandPlace {
  readonly id: string
  /** Expected at once, at the hour that is planned for. */
  readonly sessions: number
  /** By site id; a site that is not named is out of reach. */
  readonly rttMs: ReadonlyMap<string, number>
}

export interface SupplySite {
  readonly id: string
  readonly seats: number
  /** Seats that could be added; 0 where nothing can. A site that does not exist yet has no seats but may grow. */
  readonly mayGrowBy: number
}

export interface CapacityAdvice {
  readonly siteId: string
  readonly seats: number
  /** What all players together wait less in each hour like the one planned for (players in the queue times 60). */
  readonly savedQueueMinutesPerHour: number
  /** Mean round trip that is saved over all who play. */
  readonly savedRttMs: number
}

interface Plan {
  readonly left: number
  readonly rttSumMs: number
  readonly playing: number
  readonly gains: readonly number[]
}

/** Longer than any way: nobody waits while there is a seat. */
const waitingMs = 10_000
/** Sites whose next seat promises most are tried out in full. */
const triedSites = 8

/**
 * Where capacity should be added next, the most useful first: all expected players are placed by min-cost flow, then each of the most
 * promising sites gets `stepSeats` more on trial, and the one that saves most keeps them, again and again.
 * @param steps at most so many; fewer when nothing more would be saved
 * @returns one entry a site, in the order in which they were first chosen
 */
export function adviseCapacity(
  places: readonly DemandPlace[],
  sites: readonly SupplySite[],
  { stepSeats, steps }: { readonly stepSeats: number; readonly steps: number },
): readonly CapacityAdvice[] {
  const costs = Float64Array.from(
    places.flatMap(({ rttMs }) => sites.map(({ id }) => rttMs.get(id) ?? Number.POSITIVE_INFINITY)),
  )
  const added = sites.map(() => 0)
  const advice = new Map<string, CapacityAdvice>()
  let now = plan(places, sites, costs, added)
  for (let step = 0; step < steps; step++) {
    const next = bestStep(places, sites, costs, added, now, stepSeats)
    if (next === null) break
    added[next.index] = next.seats
    const { id } = sites[next.index] ?? { id: '' }
    const before = advice.get(id)
    advice.set(id, {
      siteId: id,
      seats: next.seats,
      savedQueueMinutesPerHour: (before?.savedQueueMinutesPerHour ?? 0) + (now.left - next.plan.left) * 60,
      savedRttMs: (before?.savedRttMs ?? 0) + meanRtt(now) - meanRtt(next.plan),
    })
    now = next.plan
  }
  return [...advice.values()]
}

function plan(
  places: readonly DemandPlace[],
  sites: readonly SupplySite[],
  costsMs: Float64Array,
  added: readonly number[],
): Plan {
  const counts = places.map(({ sessions }) => Math.max(0, Math.round(sessions)))
  const { placed, left, pricesMs } = solveTransport({
    counts,
    costsMs,
    seats: sites.map(({ seats }, index) => [{ seats: seats + (added[index] ?? 0), costMs: 0 }]),
    leaveMs: places.map(() => waitingMs),
  })
  let [playing, rttSumMs] = [0, 0]
  for (const [index, players] of placed.entries()) {
    if (players === 0) continue
    playing += players
    rttSumMs += players * (costsMs[index] ?? 0)
  }
  return {
    playing,
    rttSumMs,
    left: left.reduce((sum, count) => sum + count, 0),
    gains: sites.map((_, site) => gainOfSeat(site, counts, costsMs, pricesMs)),
  }
}

/** What the first new seat at a site would save, from the dual prices: whoever is there pays their way and the price of their site. */
function gainOfSeat(
  site: number,
  counts: readonly number[],
  costsMs: Float64Array,
  pricesMs: Float64Array,
): number {
  const sites = pricesMs.length
  let most = 0
  for (const [group, count] of counts.entries()) {
    if (count === 0) continue
    let paysMs = waitingMs
    for (let other = 0; other < sites; other++) {
      paysMs = Math.min(paysMs, (costsMs[group * sites + other] ?? 0) + (pricesMs[other] ?? 0))
    }
    most = Math.max(most, paysMs - (costsMs[group * sites + site] ?? 0))
  }
  return most
}

interface Step {
  readonly index: number
  /** Added in all, with those of earlier steps. */
  readonly seats: number
  readonly plan: Plan
}

function bestStep(
  places: readonly DemandPlace[],
  sites: readonly SupplySite[],
  costsMs: Float64Array,
  added: readonly number[],
  now: Plan,
  stepSeats: number,
): Step | null {
  const promising = sites
    .map((site, index) => ({
      index,
      gain: now.gains[index] ?? 0,
      seats: Math.min(site.mayGrowBy, (added[index] ?? 0) + stepSeats),
    }))
    .filter(({ index, gain, seats }) => gain > 0 && seats > (added[index] ?? 0))
    .sort((a, b) => b.gain - a.gain)
    .slice(0, triedSites)
  let best: Step | null = null
  let most = 0
  for (const { index, seats } of promising) {
    const tried = plan(places, sites, costsMs, added.with(index, seats))
    const saved = costOf(now) - costOf(tried)
    if (saved > most) {
      most = saved
      best = { index, seats, plan: tried }
    }
  }
  return best
}

const costOf = ({ rttSumMs, left }: Plan): number => rttSumMs + left * waitingMs

const meanRtt = ({ rttSumMs, playing }: Plan): number => (playing === 0 ? 0 : rttSumMs / playing)
