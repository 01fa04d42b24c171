/** What players think of publishers' titles: one rating of a player and a title. */
export interface RatingStore {
  /** What this player played last of what players get, for so long or longer; null: nothing. In somebody else's session too. */
  lastPlayed(
    titleId: string,
    playerId: string,
    leastMs: number,
  ): Promise<{ readonly sessionId: string; readonly version: string } | null>
  /** In place of what they said before. */
  putRating(rating: StoredRating): Promise<void>
  dropRating(titleId: string, playerId: string): Promise<void>
  rating(titleId: string, playerId: string): Promise<StoredRating | null>
  /** Of every title that has any, by its id. */
  ratingSums(): Promise<ReadonlyMap<string, RatingSum>>
  /** How many gave one star, two, and so on. */
  ratingsByStars(titleId: string): Promise<readonly number[]>
  /** Those with words, newest first. */
  ratingTexts(titleId: string, most: number): Promise<readonly StoredRating[]>
  /** All of a title, in no order that says anything. @param after player id of the last one; '' for the first */
  ratingsAfter(titleId: string, after: string, most: number): Promise<readonly StoredRating[]>
}

export interface StoredRating {
  readonly titleId: string
  /** Who rated it, which is told to nobody. */
  readonly playerId: string
  /** 1 to 5. */
  readonly stars: number
  readonly words: string | null
  /** What they had played last. */
  readonly version: string
  readonly atMs: number
}

export interface RatingSum {
  readonly players: number
  readonly mean: number
}
