import * as z from 'zod/mini'
import type { WireError } from '../errors.ts'
import { decodeText } from './decode.ts'
import { mostInSession } from './signal.ts'

/**
 * What the page around a player and the game say to each other: any JSON value, where the title's manifest has `messages`. On the
 * way it is JSON text; a game has one JSON object a line:
 *
 *   to the game    {"player": 1, "message": …} | {"error": {"code", "what", "next"}}, of what it wrote itself
 *   from the game  {"message": …, "player"?: 1}, to all players if nobody is named
 */
export const maxGameMessageBytes = 16 * 1024
/** Of each side; what comes above this is refused. */
export const gameMessageRate = { burst: 30, perSecond: 20 } as const
/** The latest for a player who is away, and for a game that does not read yet. */
export const mostMessagesWaiting = 64

export const gameMessage = z.string().check(z.minLength(1), z.maxLength(maxGameMessageBytes))

const gameLine = z.object({
  message: z.unknown(),
  player: z.optional(z.int().check(z.gte(1), z.lte(mostInSession))),
})

export type GameLine =
  | { readonly kind: 'message'; readonly player: number | null; readonly text: string }
  | { readonly kind: 'fault'; readonly code: 'message-too-large' | 'bad-message' }

/** A line that a game wrote. */
export function readGameLine(line: string): GameLine {
  const decoded = decodeText(gameLine, line)
  if (!decoded.ok)
    return { kind: 'fault', code: decoded.error.code === 'bad-message' ? 'bad-message' : 'message-too-large' }
  const { message, player = null } = decoded.value
  const text = messageText(message)
  if (text === null) return { kind: 'fault', code: 'bad-message' }
  if (utf8Bytes(text) > maxGameMessageBytes) return { kind: 'fault', code: 'message-too-large' }
  return { kind: 'message', player, text }
}

/** The line for a message of a player's page; its text is JSON of anybody's making. Null: it is none. */
export function messageLine(player: number, text: string): string | null {
  const value = parsed(text)
  const own = value === undefined ? null : messageText(value)
  return own === null ? null : `{"player":${player},"message":${own}}`
}

export const faultLine = ({ code, what, next }: WireError): string =>
  JSON.stringify({ error: { code, what, next } })

/** Without line breaks. Null: no JSON value, or nested too deeply to be written. */
function messageText(value: unknown): string | null {
  try {
    return (JSON.stringify(value) as string | undefined) ?? null
  } catch {
    return null
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** As UTF-8 has it; JSON writes lone surrogates as escapes. */
export function utf8Bytes(text: string): number {
  let bytes = 0
  for (const character of text) {
    const point = character.codePointAt(0) ?? 0
    bytes += point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4
  }
  return bytes
}
