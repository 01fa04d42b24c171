import { mostRatingChars, mostStars, type NewRating, type OwnRating } from '../../config/protocol/ratings.ts'
import { errorOf } from '../ui/api.ts'
import { h, replace, setText } from '../ui/dom.ts'
import { icon } from '../ui/icons.ts'
import { starsText } from '../ui/stars.ts'

export interface RatingCalls {
  rate(rating: NewRating): Promise<OwnRating>
  takeBack(): Promise<OwnRating>
}

/** Titles that somebody would rather not be asked about. */
const unratedKey = 'nearcade.unrated'
const mostRemembered = 200

/** Asks at the end how the game was. Whoever does not want to say so is not asked about this title again, and can still say it. */
export class RatingCard {
  readonly element = h('section', {
    class: 'rating',
    'aria-labelledby': 'rating-title',
    'data-role': 'rating',
  })
  readonly #titleId: string
  readonly #calls: RatingCalls

  constructor(titleId: string, mine: OwnRating['mine'], calls: RatingCalls) {
    this.#titleId = titleId
    this.#calls = calls
    if (mine !== null) this.#said(mine)
    else if (skipped().includes(titleId)) this.#offer()
    else this.#ask(null)
  }

  #ask(mine: OwnRating['mine']): void {
    const trouble = h('p', { class: 'rating-trouble', role: 'alert' })
    const words = h('textarea', {
      id: 'rating-words',
      rows: 2,
      maxlength: mostRatingChars,
      'aria-describedby': 'rating-hint',
    })
    words.value = mine?.text ?? ''
    const more = h(
      'div',
      { class: 'rating-more', hidden: mine === null },
      h('label', { for: 'rating-words' }, 'A few words for its publisher, if you like'),
      words,
      h('p', { id: 'rating-hint' }, 'They see your words and stars, and nothing of who you are.'),
    )
    const send = h('button', { class: 'button button-go', type: 'submit' }, 'Send')
    const stars = Array.from({ length: mostStars }, (_, index) => index + 1).map((count) => {
      const input = h('input', {
        type: 'radio',
        name: 'stars',
        value: count,
        'aria-label': starsText(count),
        checked: count === mine?.stars,
        on: {
          change: () => {
            more.hidden = false
            setText(trouble, '')
            light()
          },
        },
      })
      return { input, label: h('label', { class: 'star' }, input, icon('star')) }
    })
    const chosen = (): number => stars.findIndex(({ input }) => input.checked) + 1
    const light = (): void => {
      for (const [index, { label }] of stars.entries()) label.classList.toggle('lit', index < chosen())
    }
    light()

    const submit = async (): Promise<void> => {
      const count = chosen()
      if (count === 0) {
        setText(trouble, 'Choose one to five stars first.')
        stars[0]?.input.focus()
        return
      }
      send.disabled = true
      try {
        const text = words.value.trim()
        const { mine: now } = await this.#calls.rate({ stars: count, ...(text === '' ? {} : { text }) })
        remember(this.#titleId, false)
        if (now !== null) this.#said(now, true)
      } catch (failure) {
        const { what, next } = errorOf(failure)
        setText(trouble, `${what} ${next}`)
        send.disabled = false
      }
    }
    replace(
      this.element,
      h('h2', { id: 'rating-title' }, 'How was it?'),
      h(
        'form',
        {
          on: {
            submit: (event) => {
              event.preventDefault()
              void submit()
            },
          },
        },
        h(
          'fieldset',
          { class: 'stars' },
          h('legend', { class: 'visually-hidden' }, 'Stars'),
          ...stars.map(({ label }) => label),
        ),
        more,
        trouble,
        h(
          'div',
          { class: 'rating-actions' },
          send,
          h(
            'button',
            {
              class: 'button button-quiet',
              type: 'button',
              on: {
                click: () => {
                  if (mine !== null) return this.#said(mine, true)
                  remember(this.#titleId, true)
                  this.#offer(true)
                },
              },
            },
            mine === null ? 'Not now' : 'Keep it as it was',
          ),
        ),
      ),
    )
  }

  #offer(isAnswer = false): void {
    this.#line(
      'You were not asked how it was.',
      isAnswer,
      this.#button('Rate it', () => this.#again(null)),
    )
  }

  #said(mine: NonNullable<OwnRating['mine']>, isAnswer = false): void {
    this.#line(
      `You gave it ${starsText(mine.stars)}.`,
      isAnswer,
      this.#button('Change it', () => this.#again(mine)),
      this.#button('Take it back', () => void this.#takeBack(mine)),
    )
  }

  async #takeBack(mine: NonNullable<OwnRating['mine']>): Promise<void> {
    try {
      await this.#calls.takeBack()
      remember(this.#titleId, true)
      this.#offer(true)
    } catch (failure) {
      const { what, next } = errorOf(failure)
      this.#said(mine, true)
      this.element.append(h('p', { class: 'rating-trouble', role: 'alert' }, `${what} ${next}`))
    }
  }

  #again(mine: OwnRating['mine']): void {
    this.#ask(mine)
    const first = this.element.querySelector<HTMLInputElement>('input:checked, input')
    first?.focus()
  }

  /** @param isAnswer to what somebody did here: the focus stays here */
  #line(text: string, isAnswer: boolean, ...buttons: readonly HTMLElement[]): void {
    replace(
      this.element,
      h('h2', { id: 'rating-title', class: 'visually-hidden' }, 'Your rating'),
      h('p', { role: 'status' }, text),
      h('div', { class: 'rating-actions' }, ...buttons),
    )
    if (isAnswer) buttons[0]?.focus()
  }

  #button(label: string, onClick: () => void): HTMLElement {
    return h('button', { class: 'button button-quiet', type: 'button', on: { click: onClick } }, label)
  }
}

function skipped(): readonly string[] {
  try {
    const found: unknown = JSON.parse(localStorage.getItem(unratedKey) ?? '[]')
    return Array.isArray(found) ? found.filter((one) => typeof one === 'string') : []
  } catch {
    return []
  }
}

function remember(titleId: string, isSkipped: boolean): void {
  const others = skipped().filter((other) => other !== titleId)
  try {
    localStorage.setItem(
      unratedKey,
      JSON.stringify((isSkipped ? [...others, titleId] : others).slice(-mostRemembered)),
    )
  } catch {
    // Where nothing can be kept, they are asked again.
  }
}
