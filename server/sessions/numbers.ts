import { mostInSession } from '../../config/protocol/signal.ts'
import type { TitleManifest } from '../../config/protocol/title.ts'

/** How many may play this title in one session. */
export const mostTogether = (title: Pick<TitleManifest, 'players'> | null): number =>
  Math.min(mostInSession, title?.players?.max ?? 1)

/** The next number of a player who joins; the owner is the first one. */
export function freeNumber(taken: ReadonlySet<number>): number {
  let number = 2
  while (taken.has(number)) number += 1
  return number
}
