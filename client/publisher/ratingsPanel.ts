import { leastRatings, mostStars, type TitleRatings } from '../../config/protocol/ratings.ts'
import { h, replace } from '../ui/dom.ts'
import { whenText } from '../ui/format.ts'
import { starsText } from '../ui/stars.ts'
import { figure } from './figure.ts'

/** What players think of a title: all that is known, whatever time the rest of the page is of. */
export class RatingsPanel {
  readonly element: HTMLElement
  readonly #body = h('div', { class: 'stack' })
  #shown = ''

  constructor() {
    this.element = h(
      'section',
      { class: 'card-box', 'aria-labelledby': 'ratings-title', 'data-role': 'ratings' },
      h('h2', { id: 'ratings-title' }, 'What players think'),
      this.#body,
    )
  }

  show(ratings: TitleRatings): void {
    const key = JSON.stringify(ratings)
    if (key === this.#shown) return
    this.#shown = key
    const { players, mean, byStars, texts } = ratings
    if (mean === null)
      return replace(
        this.#body,
        h(
          'p',
          { class: 'empty' },
          `Nobody has rated it yet. Players are asked when they have played for a minute; its card shows the mean once ${leastRatings} have.`,
        ),
      )
    const most = Math.max(1, ...byStars)
    replace(
      this.#body,
      h(
        'dl',
        { class: 'figures-list' },
        figure('Mean', `${mean.toFixed(2)} of ${mostStars}`),
        figure(
          'Players who rated it',
          players.toLocaleString('en'),
          players < leastRatings ? `its card shows the mean from ${leastRatings} on` : '',
        ),
      ),
      h(
        'ul',
        { class: 'rating-bars', 'aria-label': 'Ratings by stars' },
        ...byStars
          .map((count, index) => ({ count, stars: index + 1 }))
          .reverse()
          .map(({ count, stars }) =>
            h(
              'li',
              {},
              h('span', {}, starsText(stars)),
              h('meter', { min: 0, max: most, value: count, 'aria-hidden': 'true' }),
              h('span', { class: 'figure' }, count.toLocaleString('en')),
            ),
          ),
      ),
      texts.length > 0 && h('h3', {}, 'In their words, newest first'),
      texts.length > 0 &&
        h(
          'ul',
          { class: 'rating-texts' },
          ...texts.map(({ stars, text, version, atMs }) =>
            h(
              'li',
              {},
              h('p', { class: 'rating-words' }, text),
              h('small', {}, `${starsText(stars)} · ${version} · ${whenText(atMs)}`),
            ),
          ),
        ),
    )
  }
}
