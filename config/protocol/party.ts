import * as z from 'zod/mini'
import { createSession } from './api.ts'
import { id, titleId } from './ids.ts'
import { partySite, rttSource } from './placement.ts'

/**
 * Parties: friends who play next to each other, each in a session of their own, all on one site, or all in one session where the
 * title is for several. The code of a party is its invitation; who has it may look at the party and join.
 *
 *   POST   /api/parties                CreateParty → PartyView (201, or 200 for the party of this title that one is alone in)
 *   GET    /api/parties/:code          PartyView; whoever is in it counts as being there
 *   POST   /api/parties/:code/members  JoinParty → PartyView: joins, or brings one's own entry up to date
 *   DELETE /api/parties/:code/members  PartyView without oneself; the last one to leave ends the party
 *   POST   /api/parties/:code/choice   PartyChoice → PartyView; for whoever leads
 */
const entry = z.omit(createSession, {
  titleId: true,
  idempotencyKey: true,
  testToken: true,
  eventToken: true,
})

/** What a session of this player will ask for. */
export type PartyEntry = z.infer<typeof entry>

export const createParty = z.extend(entry, { titleId })
export type CreateParty = z.infer<typeof createParty>

export const joinParty = z.extend(entry, { ready: z.boolean() })
export type JoinParty = z.infer<typeof joinParty>

/** `site`: each their own game, all on one site. `session`: one game for all of them. */
const togetherness = z.enum(['site', 'session'])
export type Togetherness = z.infer<typeof togetherness>

export const partyChoice = z.discriminatedUnion('kind', [
  /** Everybody who is ready, and who chooses: on one site, now or not at all. */
  z.strictObject({ kind: z.literal('start') }),
  /** The same, as soon as a site can take all. */
  z.strictObject({ kind: z.literal('wait') }),
  /** Each where it is best for that player alone. */
  z.strictObject({ kind: z.literal('split') }),
  /** How they play from the next start on. */
  z.strictObject({ kind: z.literal('together'), how: togetherness }),
  /** Not now after all. */
  z.strictObject({ kind: z.literal('gather') }),
])
export type PartyChoice = z.infer<typeof partyChoice>

export const mostInParty = 8
/** Nobody's names are known. */
export const playerName = (number: number): string => `Player ${number}`

const partyMember = z.object({
  /** 1-8, the same for as long as they stay. */
  number: z.int(),
  ready: z.boolean(),
  /** Their page was heard from lately. */
  here: z.boolean(),
  playing: z.boolean(),
  /** To each of `sites`, in that order. */
  ways: z.array(z.object({ rttMs: z.nullable(z.number()), rttSource })),
})

export const partyView = z.object({
  code: id,
  titleId,
  titleName: z.string(),
  /** `waiting`: for a site that can take all. `starting`: seats are being asked for. */
  state: z.enum(['gathering', 'waiting', 'starting', 'playing']),
  /** Number of whoever asks; null for somebody who has not joined. */
  you: z.nullable(z.int()),
  leader: z.int(),
  together: togetherness,
  /** How many may play one game of this title together; 1: it is for one. */
  mostTogether: z.int(),
  /** In the order in which they came. */
  members: z.array(partyMember),
  /** Best for all first, a few. */
  sites: z.array(partySite),
  /** Where they play; null before, and where each plays somewhere else. */
  siteName: z.nullable(z.string()),
  /** One's own session of this party, while it has not ended. */
  sessionId: z.nullable(id),
  /** Why nothing came of the last attempt, and what there is instead. */
  trouble: z.nullable(z.object({ inWords: z.string(), offers: z.array(z.enum(['wait', 'split'])) })),
})
export type PartyView = z.infer<typeof partyView>
