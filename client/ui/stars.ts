import { type CardRating, mostStars } from '../../config/protocol/ratings.ts'

/** `4 stars`, `1 star`. */
export const starsText = (stars: number): string => `${stars} ${stars === 1 ? 'star' : 'stars'}`

/** `4.3 of 5 stars`. */
export const ratingText = ({ mean }: CardRating): string => `${mean.toFixed(1)} of ${mostStars} stars`
