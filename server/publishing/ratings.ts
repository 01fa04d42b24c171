import { NearcadeError } from '../../config/errors.ts'
import {
  type CardRating,
  leastPlayedMs,
  leastRatings,
  type NewRating,
  type OwnRating,
  type TitleRatings,
} from '../../config/protocol/ratings.ts'
import type { Clock } from '../clock.ts'
import { keptFor } from '../operator/kept.ts'
import type { RatingStore } from '../store/ratingStore.ts'

/** What players think of publishers' titles. */
export interface Ratings {
  /** @param sessionId that has just ended; null: none */
  own(titleId: string, playerId: string, sessionId?: string | null): Promise<OwnRating>
  /** In place of what they said before. @throws NearcadeError rating-needs-play */
  rate(titleId: string, playerId: string, said: NewRating): Promise<OwnRating>
  takeBack(titleId: string, playerId: string): Promise<OwnRating>
  /** For cards, by title: those that enough players rated. Some seconds old. */
  shown(): Promise<ReadonlyMap<string, CardRating>>
}

/** A library page asks for all of them. */
const shownGoodMs = 10_000
/** Of the newest, with words. */
const textsShown = 50

export function createRatings(context: {
  readonly store: RatingStore
  readonly clock: Pick<Clock, 'now'>
  /** Resolves when all sessions that have ended are noted: somebody rates right after the end. */
  settled(): Promise<void>
}): Ratings {
  const { store, clock, settled } = context
  const sums = keptFor(shownGoodMs, clock, () => store.ratingSums())

  async function lastPlayed(titleId: string, playerId: string): ReturnType<RatingStore['lastPlayed']> {
    await settled()
    return store.lastPlayed(titleId, playerId, leastPlayedMs)
  }
  async function own(titleId: string, playerId: string, sessionId: string | null = null): Promise<OwnRating> {
    const [last, mine] = await Promise.all([lastPlayed(titleId, playerId), store.rating(titleId, playerId)])
    return {
      may: last !== null,
      ask: last !== null && last.sessionId === sessionId,
      mine: mine === null ? null : { stars: mine.stars, text: mine.words, atMs: mine.atMs },
    }
  }

  return {
    own,
    async rate(titleId, playerId, { stars, text = '' }) {
      const last = await lastPlayed(titleId, playerId)
      if (last === null) throw new NearcadeError('rating-needs-play')
      const words = plain(text)
      await store.putRating({
        titleId,
        playerId,
        stars,
        words: words === '' ? null : words,
        version: last.version,
        atMs: clock.now(),
      })
      return own(titleId, playerId)
    },
    async takeBack(titleId, playerId) {
      await store.dropRating(titleId, playerId)
      return own(titleId, playerId)
    },
    async shown() {
      const shown = new Map<string, CardRating>()
      for (const [titleId, { players, mean }] of await sums())
        if (players >= leastRatings) shown.set(titleId, { players, mean: Math.round(mean * 10) / 10 })
      return shown
    },
  }
}

/** What a publisher sees of a title's. */
export async function ratingsOf(store: RatingStore, titleId: string): Promise<TitleRatings> {
  const [byStars, texts] = await Promise.all([
    store.ratingsByStars(titleId),
    store.ratingTexts(titleId, textsShown),
  ])
  const players = byStars.reduce((sum, count) => sum + count, 0)
  const stars = byStars.reduce((sum, count, at) => sum + count * (at + 1), 0)
  return {
    players,
    mean: players === 0 ? null : Math.round((stars / players) * 100) / 100,
    byStars: [...byStars],
    texts: texts.flatMap(({ stars: given, words, version, atMs }) =>
      words === null ? [] : [{ stars: given, text: words, version, atMs }],
    ),
  }
}

/** Without what no keyboard writes and a terminal or a table would obey; PostgreSQL takes no NUL either. */
const plain = (text: string): string =>
  text
    .replaceAll(/\r\n?/g, '\n')
    .replaceAll(/[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu, (character) => (character === '\n' ? '\n' : ''))
    .trim()
