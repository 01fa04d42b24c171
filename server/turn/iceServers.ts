import type { IceServers } from '../../config/protocol/ice.ts'
import { turnCredentials, type TurnSettings } from './credentials.ts'

/** What a guest's browser is told about relays; none where the operator has set none up. */
export function iceServersFor(turn: TurnSettings | null, guestId: string, nowMs: number): IceServers {
  if (turn === null) return { iceServers: [], lifetimeMs: null }
  return {
    iceServers: [{ urls: [...turn.urls], ...turnCredentials(turn, guestId, nowMs) }],
    lifetimeMs: turn.lifetimeMs,
  }
}
