import { setTimeout as wait } from 'node:timers/promises'
import type { CheckReturn, SavedFile } from '../../config/protocol/check.ts'
import { askedToEnd, type CheckedTitle, lastWords } from './measure.ts'

/** One that cannot read its own saves mostly says so at once. */
const settleMs = 2_000

/**
 * A title that was started with what it has saved the time before. Ends the game.
 * @param saves what was in its home before it began
 */
export async function measureReturn(
  { game, firstPictureMs }: Pick<CheckedTitle, 'game' | 'firstPictureMs'>,
  saves: readonly SavedFile[],
): Promise<CheckReturn> {
  const patience = new AbortController()
  const settled = wait(settleMs, null, { signal: patience.signal }).catch(() => null)
  const ended = await Promise.race([game.exited, settled])
  patience.abort()
  const exit = ended === null ? await askedToEnd(game) : { ...ended, asked: false, tookMs: 0 }
  return { firstPictureMs, saves: [...saves], exit, log: lastWords(game) }
}
