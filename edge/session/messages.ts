import { type ErrorCode, type WireError, wireError } from '../../config/errors.ts'
import {
  faultLine,
  gameMessageRate,
  maxGameMessageBytes,
  messageLine,
  readGameLine,
  utf8Bytes,
} from '../../config/protocol/gameMessages.ts'
import { type Bucket, createBucket } from '../../config/rate.ts'
import type { GameDoor } from '../titles/gameDoor.ts'

/** Messages between the pages around the players and their game: passed on as they are, in bounds. */
export interface Messages {
  /** The game is there. @param door null where its manifest does not say that it takes any */
  open(door: GameDoor | null): void
  /** @param text JSON of anybody's making. @returns why it does not reach the game; null where it does */
  toGame(player: number, text: string): WireError | null
}

/** Of what a game does wrong; more than these a second are not told. */
const faultRate = { burst: 5, perSecond: 5 }
const bucket = ({ burst, perSecond }: { burst: number; perSecond: number }): Bucket =>
  createBucket(burst, perSecond)

export function createMessages(options: {
  readonly nowMs: () => number
  /** @param player null: all */
  toPage(player: number | null, text: string): void
}): Messages {
  const { nowMs } = options
  const fromGame = bucket(gameMessageRate)
  const faults = bucket(faultRate)
  const fromPages = new Map<number, Bucket>()
  let door: GameDoor | null | undefined

  const ofPlayer = (player: number): Bucket => {
    const known = fromPages.get(player) ?? bucket(gameMessageRate)
    fromPages.set(player, known)
    return known
  }
  const complain = (to: GameDoor, code: ErrorCode): void => {
    if (faults.take(nowMs())) to.send(faultLine(wireError(code)))
  }

  return {
    open(given) {
      door = given
      given?.onLine((line) => {
        if (!fromGame.take(nowMs())) return complain(given, 'game-messages-too-many')
        const read = readGameLine(line)
        if (read.kind === 'message') options.toPage(read.player, read.text)
        else complain(given, read.code === 'bad-message' ? 'game-messages-malformed' : read.code)
      })
    },
    toGame(player, text) {
      if (door === undefined) return wireError('game-not-playing')
      if (door === null) return wireError('game-messages-off')
      if (!ofPlayer(player).take(nowMs())) return wireError('game-messages-too-many')
      if (utf8Bytes(text) > maxGameMessageBytes) return wireError('message-too-large')
      const line = messageLine(player, text)
      if (line === null) return wireError('game-messages-malformed')
      return door.send(line) ? null : wireError('game-messages-unread')
    },
  }
}
