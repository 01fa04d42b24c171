import { createArrivalRates } from './arrivalRates.ts'

/** How many sessions of each title every site is likely to have at once. */
export interface ExpectedSessions {
  /** Somebody got a seat. */
  seated(played: PlayedTitle): void
  /**
   * As many as there are now, or as come while one lasts (Little, A proof for the queuing formula L = λW, 1961), whichever is more:
   * after a start nobody knows yet how many come.
   * @param now those who sit on seats
   */
  at(now: Iterable<PlayedTitle>): SiteDemand
}

export interface PlayedTitle {
  readonly siteId: string
  readonly titleId: string
}

/** Sessions by title, by site. */
export type SiteDemand = ReadonlyMap<string, ReadonlyMap<string, number>>

/** Long enough to count more than chance at one site, short against an evening. */
const memoryMs = 60 * 60_000
/** In no id of a title. */
const between = '\n'

/** @param meanMs how long sessions of a title last; null while nobody knows */
export function createExpectedSessions(
  clock: { now(): number },
  meanMs: (titleId: string) => number | null,
): ExpectedSessions {
  const rates = createArrivalRates(clock.now(), memoryMs)
  return {
    seated: ({ siteId, titleId }) => rates.record(`${titleId}${between}${siteId}`, clock.now()),
    at(now) {
      const demand = new Map<string, Map<string, number>>()
      const of = (siteId: string): Map<string, number> => {
        const known = demand.get(siteId) ?? new Map<string, number>()
        demand.set(siteId, known)
        return known
      }
      for (const { siteId, titleId } of now) {
        const site = of(siteId)
        site.set(titleId, (site.get(titleId) ?? 0) + 1)
      }
      for (const [key, perMinute] of rates.at(clock.now())) {
        const at = key.indexOf(between)
        const [titleId, site] = [key.slice(0, at), of(key.slice(at + 1))]
        const lasting = perMinute * ((meanMs(titleId) ?? 0) / 60_000)
        site.set(titleId, Math.max(site.get(titleId) ?? 0, lasting))
      }
      return demand
    },
  }
}
