import * as z from 'zod/mini'
import { id } from './ids.ts'

/**
 * How a session plays, as its player's page measured it: totals since the page took the session up, sent again and again. A later one
 * takes the place of an earlier one of the same run; one that is lost costs nothing. It is the player's word: whatever it says moves the
 * figures of that session alone, and only as far as a session of its length can be (server/publishing/playQuality.ts).
 */
const count = z.int().check(z.gte(0), z.lte(1e9))
const ms = z.number().check(z.gte(0), z.lte(1e9))

/** Click-to-photon is told in steps of 7 percent from 1 ms up; the last step takes all that is 2 s and more. */
const step = 1.07
export const clickSteps = 114

export const clickStepOf = (clickMs: number): number =>
  Math.min(clickSteps - 1, Math.max(0, Math.round(Math.log(Math.max(1, clickMs)) / Math.log(step))))
/** Off by 3.5 percent at most, for what is between 1 ms and 2 s. */
export const clickMsOf = (at: number): number => step ** at

export const playQuality = z.strictObject({
  /** Of a page and a session. */
  run: id,
  /**
   * How many inputs took how long from the page's event to the first picture that was captured after the game had them, by step. What
   * mouse and screen add is not in it.
   */
  clicks: z.array(count).check(z.maxLength(clickSteps)),
  /** Frames that were put on the screen, that came and never were, and the time that decoding took. Only while the page is seen. */
  framesShown: count,
  framesDropped: count,
  framesDecoded: count,
  decodeMs: ms,
  /** Stalls as the browser counts them (W3C webrtc-stats `freezeCount`), and how long the picture stood still in them. */
  freezes: count,
  frozenMs: ms,
  /** How long all this was looked at. */
  seenMs: ms,
})
export type PlayQuality = z.infer<typeof playQuality>

/** Nearest rank, in ms; null of nothing. @param share 0 to 1 */
export function clickQuantile(clicks: readonly number[], share: number): number | null {
  const all = clicks.reduce((sum, many) => sum + many, 0)
  let left = Math.max(1, Math.ceil(share * all))
  for (const [at, many] of clicks.entries()) {
    left -= many
    if (left <= 0 && all > 0) return clickMsOf(at)
  }
  return null
}
