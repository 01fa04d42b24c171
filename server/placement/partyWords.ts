import type { PlacementReport } from '../../config/protocol/placement.ts'
import type { RankedSite } from './partySites.ts'

/** Sites named after the chosen one. */
const maxNamed = 2
/** Browsers measure whole milliseconds. */
const nearerByMs = 1

const msWords = (ms: number): string => `${ms < 10 ? ms.toFixed(1).replace(/\.0$/, '') : Math.round(ms)} ms`

/**
 * Why a party plays where it plays, for one of its players: "Frankfurt: the farthest of you is 24 ms away, you are 12 ms away."
 * @param you null: for all of them
 * @param size how many they are, and how many seats they need
 */
export function partyWords(
  sites: readonly RankedSite[],
  chosenSiteId: string,
  you: string | null,
  size: { readonly players: number; readonly seats: number },
  ownRttMs: (siteId: string) => number | null,
): string {
  const chosen = sites.find(({ siteId }) => siteId === chosenSiteId)
  if (chosen === undefined) return 'Where the others of your party play.'
  const own = ownRttMs(chosenSiteId)
  const named = sites
    .filter(({ siteId }) => siteId !== chosenSiteId)
    .flatMap((site) => comparison(site, chosen, size.seats, ownRttMs(site.siteId), own))
  return `${[`${chosen.siteName}: ${distance(chosen, you, own, size.players)}`, ...named.slice(0, maxNamed)].join('; ')}.`
}

function distance(site: RankedSite, you: string | null, own: number | null, players: number): string {
  const { largestMs, farthestPlayer, unknownPlayers } = site
  if (largestMs === null) return 'together, at a distance that nobody has measured'
  const ofThose = unknownPlayers.length > 0 ? ' of those measured' : ''
  const who = `the farthest${ofThose === '' ? ' of you' : ofThose}`
  if (players === 1) return `${msWords(largestMs)} from you, next to the others`
  if (farthestPlayer === you) return `you are the farthest${ofThose}, ${msWords(largestMs)} away`
  return `${who} is ${msWords(largestMs)} away${own === null ? '' : `, you are ${msWords(own)} away`}`
}

/** What speaks against a site that a player may think of first: nearer to all, or to this one. */
function comparison(
  site: RankedSite,
  chosen: RankedSite,
  seats: number,
  there: number | null,
  here: number | null,
): readonly string[] {
  const nearerToAll =
    site.largestMs !== null &&
    site.unknownPlayers.length === 0 &&
    (chosen.largestMs === null || site.largestMs + nearerByMs <= chosen.largestMs)
  if (nearerToAll && site.ruledOut === 'no-seat')
    return [
      seats === 1
        ? `${site.siteName} was nearer to all but had no seat free`
        : `${site.siteName} was nearer to all but had ${site.seatsFree} free of the ${seats} seats`,
    ]
  const nearerToYou = there !== null && here !== null && there + nearerByMs <= here
  if (!nearerToYou) return []
  if (site.unknownPlayers.length > 0)
    return [`${site.siteName} was nearer to you, but nobody knows how far it is from others of you`]
  return site.largestMs === null ? [] : [`${site.siteName} was nearer to you, but ${farOff(site)}`]
}

const farOff = ({ farthestPlayer, largestMs }: RankedSite): string =>
  `${msWords(largestMs ?? 0)} from ${farthestPlayer ?? 'another of you'}`

/** What was weighed for all of them, as a part of each one's report. */
export const partyPart = (
  sites: readonly RankedSite[],
  players: number,
): NonNullable<PlacementReport['party']> => ({
  players,
  sites: sites.map(({ siteId, siteName, largestMs, farthestPlayer, ruledOut, inWords }) => ({
    siteId,
    siteName,
    largestMs,
    farthest: farthestPlayer,
    ruledOut,
    inWords,
  })),
})
