import * as z from 'zod/mini'
import { wireErrorShape } from './error.ts'
import { eventToken } from './events.ts'
import { id, titleId } from './ids.ts'
import { probeResult, probeTarget } from './placement.ts'
import { testToken } from './publishing.ts'
import { endReason, sessionState } from './session.ts'
import { streamRequest, videoCodec } from './stream.ts'
import { titleCard } from './title.ts'

/**
 * HTTP API. Bodies and answers are JSON; every failure is `{ error: WireError }` with the status of the catalogue.
 *
 *   GET    /api/titles                 { titles: TitleCard[] }
 *   GET    /api/titles/:titleId        TitleCard
 *   GET    /api/me                     Me (sets the guest cookie on first sight)
 *   GET    /api/ice                    IceServers (config/protocol/ice.ts)
 *   GET    /api/probes                 { targets: ProbeTarget[] }: whom to probe first
 *   POST   /api/probes                 { results: ProbeResult[] }, all so far → { targets: ProbeTarget[] }: whom next, [] when enough is known
 *   POST   /api/sessions               CreateSession → SessionView (201, or 200 for a repeated idempotencyKey)
 *   GET    /api/sessions/:id           SessionView
 *   GET    /api/sessions/:id/placement PlacementReport
 *   POST   /api/sessions/:id/choice    SessionChoice → SessionView; repeating one changes nothing; choice-gone when it is not on offer
 *   DELETE /api/sessions/:id           SessionView (ended: player-ended, or queue-left from the line)
 */
export const createSession = z.strictObject({
  titleId,
  /** Same key, same session: a repeated click or a retried request never takes a second seat. */
  idempotencyKey: id,
  probes: z.array(probeResult).check(z.maxLength(64)),
  codecs: z.array(videoCodec).check(z.minLength(1), z.maxLength(8)),
  stream: streamRequest,
  /** From the link of a title that is not live yet: plays what is staged. */
  testToken: z.optional(testToken),
  /** From the link of an event: a seat that is held for it may be this player's. */
  eventToken: z.optional(eventToken),
})
export type CreateSession = z.infer<typeof createSession>

/** What a player in line may do instead of, or besides, waiting. */
export const waitOffer = z.discriminatedUnion('kind', [
  /** Stay in line for a seat within the latency budget; on offer only where such seats exist. */
  z.object({ kind: z.literal('queue') }),
  /** A seat that is free now, beyond the budget. */
  z.object({
    kind: z.literal('farther'),
    siteId: z.string(),
    siteName: z.string(),
    /** Null where nobody has measured or can guess it. */
    rttMs: z.nullable(z.number()),
  }),
  /** Wait for farther seats too, up to this many ms, which are taken now as well. */
  z.object({ kind: z.literal('lower-budget'), budgetMs: z.number(), etaMs: z.nullable(z.number()) }),
])
export type WaitOffer = z.infer<typeof waitOffer>

export const waitView = z.object({
  /** `full`: all seats within the budget are taken. `too-far`: there are none within it. */
  why: z.enum(['full', 'too-far']),
  region: z.string(),
  seatClass: z.string(),
  /** From 1; null where no seat within the budget exists. */
  position: z.nullable(z.int()),
  /** Players in this line. */
  length: z.int(),
  /** From the lengths of real sessions; null while too few are known. */
  etaMs: z.nullable(z.number()),
  offers: z.array(waitOffer),
  /** A seat is held for the player's word. `leftMs` is from the moment of this view, `ofMs` the whole time. */
  hold: z.nullable(
    z.object({
      siteName: z.string(),
      rttMs: z.nullable(z.number()),
      leftMs: z.number(),
      ofMs: z.number(),
    }),
  ),
})
export type WaitView = z.infer<typeof waitView>

export const sessionChoice = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('queue') }),
  z.strictObject({ kind: z.literal('farther'), siteId: z.string().check(z.maxLength(200)) }),
  z.strictObject({ kind: z.literal('lower-budget'), budgetMs: z.number() }),
  /** Takes the held seat. */
  z.strictObject({ kind: z.literal('confirm') }),
  z.strictObject({ kind: z.literal('leave') }),
])
export type SessionChoice = z.infer<typeof sessionChoice>

export const sessionView = z.object({
  id,
  titleId,
  titleName: z.string(),
  createdAtMs: z.number(),
  state: sessionState,
  siteName: z.nullable(z.string()),
  graceMs: z.number(),
  /** Raised with every change of the state; an older view never replaces a newer one. Of one revision the later counts: `wait` moves. */
  revision: z.int(),
  /** In the states `waiting` and `held`, else null. */
  wait: z.nullable(waitView),
  /** Its node was lost and the game was started anew on another one. Null: never. */
  again: z.nullable(
    z.object({
      times: z.int(),
      atMs: z.number(),
      /** `left-behind`: what the game saved is on the node that was lost alone. `kept`: it goes on from the last snapshot of it. */
      saves: z.enum(['kept', 'left-behind']),
    }),
  ),
  /** Several play in it; `you`: which of them is asking, 1 being its owner. Absent: its owner alone. */
  together: z.optional(z.object({ you: z.int(), players: z.int() })),
  end: z.nullable(
    z.object({ reason: endReason, what: z.string(), next: z.string(), detail: z.nullable(z.string()) }),
  ),
})
export type SessionView = z.infer<typeof sessionView>

export const me = z.object({ guestId: id, sessions: z.array(sessionView) })
export type Me = z.infer<typeof me>

export const titleList = z.object({ titles: z.array(titleCard) })
export const probeTargets = z.object({ targets: z.array(probeTarget) })
export const probeResults = z.strictObject({ results: z.array(probeResult).check(z.maxLength(64)) })

export const errorBody = z.object({
  error: wireErrorShape,
})
