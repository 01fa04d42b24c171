import { type PartyView, playerName } from '../../config/protocol/party.ts'
import type { RttSource } from '../../config/protocol/placement.ts'
import { msText } from '../ui/format.ts'

type Member = PartyView['members'][number]

export const isLeader = ({ you, leader }: PartyView): boolean => you === leader

const namesOf = (members: readonly Member[]): string => {
  const names = members.map(({ number }) => playerName(number))
  return names.length > 1 ? `${names.slice(0, -1).join(', ')} and ${names.at(-1)}` : (names[0] ?? '')
}

/** Others than oneself who are not in a game of the party. */
const idleOthers = ({ members, you }: PartyView): readonly Member[] =>
  members.filter(({ number, playing }) => number !== you && !playing)
const isComing = ({ ready, here }: Member): boolean => ready && here

/** Where the party stands and what to do next, in a sentence or two. */
export function statusText(view: PartyView): string {
  const { state, you, together, members, leader, siteName, sessionId } = view
  const isShared = together === 'session'
  if (state === 'starting')
    return isShared ? 'Getting a seat for your game…' : 'Getting a seat for everybody…'
  if (you === null) return inviteText(view)
  if (state === 'waiting')
    return `Waiting for a ${isShared ? 'seat near to all of you' : 'site with a seat for everybody'}. The game starts by itself${isLeader(view) ? ' while you stay here' : ''}.`
  if (sessionId !== null) return siteName === null ? 'Your game runs.' : `Your game runs in ${siteName}.`
  const own = members.find(({ number }) => number === you)
  if (state === 'playing' && !isLeader(view))
    return siteName === null
      ? 'The others play. Say that you are ready to be in the next game.'
      : `The others play in ${siteName}. Say that you are ready to go to them.`
  if (!isLeader(view))
    return own?.ready === true ? `Waiting for ${playerName(leader)} to start.` : 'Say when you are ready.'
  if (members.length === 1) return 'Nobody else is here yet. Send the link to whoever should play with you.'
  const missing = idleOthers(view).filter((member) => !isComing(member))
  if (missing.length === 0) return state === 'playing' ? 'The others play.' : 'Everybody is ready.'
  return `${namesOf(missing)} ${missing.length === 1 ? 'is' : 'are'} not ready yet.`
}

function inviteText({ members, leader, state, siteName }: PartyView): string {
  const others = members.length - 1
  const who = others === 0 ? playerName(leader) : `${playerName(leader)} and ${others} more`
  const where = state === 'playing' && siteName !== null ? `, already playing in ${siteName}` : ''
  return `${who} would like to play with you${where}.`
}

export interface StartWords {
  readonly label: string
  readonly enabled: boolean
}

/** Of the leader's button. */
export function startWords(view: PartyView): StartWords {
  const idle = idleOthers(view)
  const missing = idle.filter((member) => !isComing(member))
  const coming = idle.length - missing.length
  const hasCompany = coming > 0 || view.members.some(({ playing }) => playing)
  if (missing.length === 0 || !hasCompany) return { label: 'Start', enabled: hasCompany }
  return { label: `Start without ${namesOf(missing)}`, enabled: true }
}

export function stateText({ playing, here, ready }: Member, leads: boolean): string {
  if (playing) return 'Playing'
  if (!here) return 'Away'
  if (leads) return 'Leads'
  return ready ? 'Ready' : 'Not ready'
}

/** A figure that nobody measured says so. */
export function wayText(rttMs: number | null, source: RttSource): string {
  if (rttMs === null) return 'not known'
  return `${source === 'probe' || source === 'history' ? '' : 'about '}${msText(rttMs)} ms`
}

type Site = PartyView['sites'][number]

/** How far it is for whoever is farthest, and what speaks against it. */
export function siteText({ largestMs, farthest, ruledOut }: Site, players: number): string {
  const way =
    largestMs === null
      ? 'nobody has measured it'
      : players === 1 || farthest === null
        ? `${msText(largestMs)} ms`
        : `${msText(largestMs)} ms for ${farthest}, who is farthest`
  if (ruledOut === null) return way
  return `${ruledOut === 'too-far' ? 'too far for this game' : 'not enough seats free'} · ${way}`
}
