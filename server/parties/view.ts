import type { PartyView } from '../../config/protocol/party.ts'
import type { RankedSite } from '../placement/partySites.ts'
import { leaderOf, memberOf, type Party, type PartyMember } from './party.ts'
import type { Ways } from './ranking.ts'
import type { Trouble } from './trouble.ts'

/** What memory knows of a party beside what is stored. */
export interface Around {
  readonly titleName: string
  readonly mostTogether: number
  readonly ways: ReadonlyMap<PartyMember, Ways>
  readonly sites: readonly RankedSite[]
  readonly isStarting: boolean
  readonly siteName: string | null
  readonly trouble: Trouble | null
  isHere(member: PartyMember): boolean
  isPlaying(member: PartyMember): boolean
}

/** Enough to see that another one would be worse for somebody. */
const sitesShown = 3

/** A party as one of its players, or somebody who has its link, sees it. */
export function partyView(party: Party, guestId: string | null, around: Around): PartyView {
  const you = guestId === null ? null : memberOf(party, guestId)
  const sites = around.sites.slice(0, sitesShown)
  const isPlayed = party.members.some((member) => around.isPlaying(member))
  return {
    code: party.code,
    titleId: party.titleId,
    titleName: around.titleName,
    state: around.isStarting ? 'starting' : party.waiting ? 'waiting' : isPlayed ? 'playing' : 'gathering',
    you: you?.number ?? null,
    leader: leaderOf(party)?.number ?? 0,
    together: party.together ?? 'site',
    mostTogether: around.mostTogether,
    members: party.members.map((member) => ({
      number: member.number,
      ready: member.ready,
      here: around.isHere(member),
      playing: around.isPlaying(member),
      ways: sites.map(({ siteId }) => {
        const way = around.ways.get(member)?.get(siteId)
        return { rttMs: way?.rttMs ?? null, rttSource: way?.source ?? 'unknown' }
      }),
    })),
    sites: sites.map(({ siteId, siteName, largestMs, farthestPlayer, ruledOut, inWords }) => ({
      siteId,
      siteName,
      largestMs,
      farthest: farthestPlayer,
      ruledOut,
      inWords,
    })),
    siteName: isPlayed ? around.siteName : null,
    sessionId: you !== null && around.isPlaying(you) ? you.sessionId : null,
    trouble: around.trouble,
  }
}
