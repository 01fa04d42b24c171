import type { VideoCodecName } from '../../config/protocol/stream.ts'
import { isCapable, titleKey, type TitleDemands } from './decideLimits.ts'
import { encodeMs } from './decideTerms.ts'
import { type PartySite, rankForParty } from './parties.ts'
import type { RttEstimate } from './routing/types.ts'
import type { NodeSnapshot } from './snapshot.ts'

export interface PartyPlayer {
  /** How the others know this player. */
  readonly name: string
  readonly codecs: readonly VideoCodecName[]
  /** Of the stream that the player asks for. */
  readonly fps: number
  /** By site id. */
  readonly estimates: ReadonlyMap<string, RttEstimate>
}

/** A site with nodes that may and can run the title for every one of them. */
export interface RankedSite extends PartySite {
  readonly siteName: string
  /** For them: none of those that somebody in line waits for. */
  readonly seatsFree: number
  /** All that would be near enough, taken or not. */
  readonly seats: number
}

export interface PartyFleet {
  sites(): readonly { readonly id: string }[]
  at(siteId: string, key: string): readonly NodeSnapshot[]
}

/** So many sites that can take them are a choice, and so many that cannot tell why. */
const enough = 6
const mostLooked = 48

/**
 * Sites for a party, best first (`rankForParty`), with the seats that each has for it. The title's budget is from a click to its
 * picture, so what a node takes to make pictures, and the slowest display of them, come off it.
 * @param wanted how many free seats of a site are for others: those in line, and events
 * @param needed how many seats they need
 */
export function partySites(
  players: readonly PartyPlayer[],
  title: TitleDemands,
  fleet: PartyFleet,
  wanted: (siteId: string) => number,
  needed = players.length,
): readonly RankedSite[] {
  const displayMs = Math.max(0, ...players.map(({ fps }) => 1000 / fps))
  const budgetMs = title.latencyBudgetMs === null ? null : title.latencyBudgetMs - displayMs
  const found: { id: string; siteName: string; seatsFree: number; seats: number; limitMs: number | null }[] =
    []
  let able = 0
  for (const { id, largestMs } of nearestFirst(players, fleet)) {
    if (able === enough || found.length === mostLooked) break
    const nodes = fleet
      .at(id, titleKey(title))
      .filter((node) => !node.draining && players.every(({ codecs }) => canRun(node, title, codecs)))
    const [first] = nodes
    if (first === undefined) continue
    const isNear = (node: NodeSnapshot): boolean =>
      budgetMs === null || largestMs + encodeMs(node) <= budgetMs
    const near = nodes.filter(isNear)
    const seatsFree = Math.max(0, sum(near, (node) => node.seatsFree) - wanted(id))
    if (seatsFree >= needed) able += 1
    found.push({
      id,
      siteName: first.siteName,
      seatsFree,
      seats: sum(near, (node) => node.seats),
      limitMs: budgetMs === null ? null : budgetMs - Math.min(...nodes.map(encodeMs)),
    })
  }
  const ranked = rankForParty({
    players: new Map(players.map(({ name, estimates }) => [name, estimates])),
    sites: found,
    seats: needed,
  })
  return ranked.flatMap((site) => {
    const own = found.find(({ id }) => id === site.siteId)
    return own === undefined ? [] : [{ ...site, ...pick(own) }]
  })
}

const pick = ({ siteName, seatsFree, seats }: Omit<RankedSite, keyof PartySite>) => ({
  siteName,
  seatsFree,
  seats,
})

/** By the longest way of any of them; where one is not known, that counts as longer than all others. */
function nearestFirst(
  players: readonly PartyPlayer[],
  fleet: PartyFleet,
): readonly { readonly id: string; readonly largestMs: number }[] {
  const sites = fleet.sites().map(({ id }) => {
    let largestMs = 0
    for (const { estimates } of players)
      largestMs = Math.max(largestMs, estimates.get(id)?.rttMs ?? Number.POSITIVE_INFINITY)
    return { id, largestMs }
  })
  return sites.sort((a, b) => (a.largestMs === b.largestMs ? 0 : a.largestMs - b.largestMs))
}

/** But for having the title. */
const canRun = (node: NodeSnapshot, title: TitleDemands, codecs: readonly VideoCodecName[]): boolean => {
  const { trust, country, gpu } = node
  return isCapable(
    { codecs: node.codecs, trust, country, gpu, titles: { has: () => true } },
    { title, codecs },
  )
}

const sum = <T>(items: readonly T[], of: (item: T) => number): number =>
  items.reduce((total, item) => total + of(item), 0)
