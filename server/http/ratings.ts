import type { Request, Response, Router } from 'express'
import { newRating } from '../../config/protocol/ratings.ts'
import type { TitleCard } from '../../config/protocol/title.ts'
import type { Ratings } from '../publishing/ratings.ts'
import { bodyOf, param } from './body.ts'
import { addRoute } from './route.ts'

/** A player's own rating of a title, as `config/protocol/ratings.ts` says. */
export function addRatingRoutes(
  router: Router,
  ratings: Ratings,
  door: {
    knownGuest(request: Request): Promise<string>
    limit(request: Request, response: Response): void
  },
): void {
  const path = '/titles/:titleId/rating'
  addRoute(router, `/api${path}`, path, {
    async get(request, response) {
      const { session } = request.query
      const sessionId = typeof session === 'string' ? session : null
      response.json(await ratings.own(param(request, 'titleId'), await door.knownGuest(request), sessionId))
    },
    async put(request, response) {
      const said = bodyOf(newRating, request)
      door.limit(request, response)
      response.json(await ratings.rate(param(request, 'titleId'), await door.knownGuest(request), said))
    },
    async delete(request, response) {
      door.limit(request, response)
      response.json(await ratings.takeBack(param(request, 'titleId'), await door.knownGuest(request)))
    },
  })
}

/** Cards with what players think of their titles, where enough have said it. */
export async function withRatings(
  ratings: Ratings,
  cards: readonly TitleCard[],
): Promise<readonly TitleCard[]> {
  const shown = await ratings.shown()
  return cards.map((card) => {
    const rating = shown.get(card.id)
    return rating === undefined ? card : { ...card, rating }
  })
}
