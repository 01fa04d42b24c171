import * as z from 'zod/mini'
import { wireErrorShape } from './error.ts'
import { id, titleId } from './ids.ts'
import { probeResult, probeTarget } from './placement.ts'
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
 *   GET    /api/probes                 { targets: ProbeTarget[] }
 *   POST   /api/sessions               CreateSession → SessionView (201, or 200 for a repeated idempotencyKey)
 *   GET    /api/sessions/:id           SessionView
 *   GET    /api/sessions/:id/placement PlacementReport
 *   DELETE /api/sessions/:id           SessionView (ended: player-ended)
 */
export const createSession = z.strictObject({
  titleId,
  /** Same key, same session: a repeated click or a retried request never takes a second seat. */
  idempotencyKey: id,
  probes: z.array(probeResult).check(z.maxLength(64)),
  codecs: z.array(videoCodec).check(z.minLength(1), z.maxLength(8)),
  stream: streamRequest,
})
export type CreateSession = z.infer<typeof createSession>

export const sessionView = z.object({
  id,
  titleId,
  titleName: z.string(),
  createdAtMs: z.number(),
  state: sessionState,
  siteName: z.nullable(z.string()),
  graceMs: z.number(),
  /** Raised with every change; an older view never replaces a newer one. */
  revision: z.int(),
  end: z.nullable(
    z.object({ reason: endReason, what: z.string(), next: z.string(), detail: z.nullable(z.string()) }),
  ),
})
export type SessionView = z.infer<typeof sessionView>

export const me = z.object({ guestId: id, sessions: z.array(sessionView) })
export type Me = z.infer<typeof me>

export const titleList = z.object({ titles: z.array(titleCard) })
export const probeTargets = z.object({ targets: z.array(probeTarget) })

export const errorBody = z.object({
  error: wireErrorShape,
})
