import * as z from 'zod/mini'
import { wireErrorShape } from './error.ts'
import { sessionView } from './api.ts'
import { id, timeMs } from './ids.ts'
import { playQuality } from './playQuality.ts'
import { signal } from './signal.ts'

/**
 * Player ⇄ router, JSON texts on `/ws/player` (guest cookie required). The first message is `hello`; `attach` subscribes to a
 * session of the same guest, after which its views and signals flow; one in line sends a view whenever its `wait` changes. Attaching
 * again after a reconnect is how a page recovers. `quality` says how a publisher's title plays; it has no answer.
 */
export const fromPlayer = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('hello'), version: z.int() }),
  z.object({ kind: z.literal('attach'), sessionId: id }),
  z.object({ kind: z.literal('signal'), sessionId: id, signal }),
  z.object({ kind: z.literal('end'), sessionId: id }),
  z.object({ kind: z.literal('quality'), sessionId: id, quality: playQuality }),
  z.object({ kind: z.literal('ping'), atMs: timeMs }),
])
export type FromPlayer = z.infer<typeof fromPlayer>

export const toPlayer = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('welcome'), version: z.int() }),
  z.object({ kind: z.literal('session'), session: sessionView }),
  z.object({ kind: z.literal('signal'), sessionId: id, signal }),
  z.object({ kind: z.literal('pong'), atMs: timeMs }),
  z.object({
    kind: z.literal('error'),
    sessionId: z.nullable(id),
    error: wireErrorShape,
  }),
])
export type ToPlayer = z.infer<typeof toPlayer>
