import { errorCatalogue } from '../../config/errors.ts'
import { type PartyView, playerName } from '../../config/protocol/party.ts'
import { endTexts } from '../../config/protocol/session.ts'
import type { RankedSite } from '../placement/partySites.ts'

export type Trouble = NonNullable<PartyView['trouble']>

/** Sites named where none can take all. */
const maxNamed = 2

/**
 * Why no site can take them, and what there is instead.
 * @param seatsNeeded one each, or one for all
 */
export function troubleOf(sites: readonly RankedSite[], seatsNeeded: number): Trouble {
  const [best] = sites
  if (best === undefined)
    return { inWords: 'No node that is online can run this game for all of you.', offers: [] }
  const full = sites.filter(({ ruledOut }) => ruledOut === 'no-seat')
  if (sites.some(({ ruledOut }) => ruledOut === null))
    return {
      inWords: 'The nodes that had seats for all of you have just given them to others.',
      offers: ['wait', 'split'],
    }
  if (full.length === 0) return { inWords: tooFar(best), offers: ['split'] }
  const named = full
    .slice(0, maxNamed)
    .map(({ siteName, seatsFree, seats }) => `${siteName} has ${seatsFree} of its ${seats} free`)
  const canEver = full.some(({ seats }) => seats >= seatsNeeded)
  const words =
    seatsNeeded === 1
      ? `There is no seat free: ${named.join(', ')}.`
      : `No site near enough has ${seatsNeeded} seats free at once: ${named.join(', ')}.`
  return {
    inWords: canEver ? words : `${words} None has so many at all.`,
    offers: canEver ? ['wait', 'split'] : ['split'],
  }
}

function tooFar({ siteName, largestMs, farthestPlayer, unknownPlayers }: RankedSite): string {
  if (unknownPlayers.length > 0)
    return `This game needs a short way, and nobody knows how far ${siteName} is from ${unknownPlayers.join(' and ')}.`
  const way = `${Math.round(largestMs ?? 0)} ms from ${farthestPlayer ?? 'one of you'}`
  return `No site is near enough to all of you for this game. The best for all, ${siteName}, is ${way}.`
}

export const roomTrouble = (most: number): Trouble => ({
  inWords: `One game of this title has room for ${most} players.`,
  offers: ['split'],
})

export const tooManyTrouble = (number: number): Trouble => ({
  inWords: `${playerName(number)} has as many sessions open as one player may have, and has to end one first.`,
  offers: [],
})

export const closedTrouble: Trouble = { inWords: errorCatalogue['launch-token-needed'].what, offers: [] }
export const withdrawnTrouble: Trouble = { inWords: endTexts['title-withdrawn'].what, offers: [] }
