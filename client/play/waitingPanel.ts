import type { SessionChoice, SessionView, WaitOffer, WaitView } from '../../config/protocol/api.ts'
import type { WireError } from '../../config/errors.ts'
import type { TitleCard } from '../../config/protocol/title.ts'
import { h, replace, setText } from '../ui/dom.ts'
import { aboutText, clockText, elapsedText } from '../ui/format.ts'
import { icon } from '../ui/icons.ts'
import { actionButton, backdrop } from './panels.ts'
import { announcement, lineText, lineTitle, offerWords } from './waitingWords.ts'

export interface WaitingActions {
  /** @returns null, or why nothing came of it */
  choose(choice: SessionChoice): Promise<WireError | null>
  why(): void
  /** A seat is held: now is the time to look. */
  held(): void
}

/** A seat that is taken without asking, for somebody who has only just come, is held for a blink: nobody is called for that. */
const callAfterMs = 400
/** Seconds left of a hold at which a screen reader is told so. */
const warnAtS = [10, 5] as const

/**
 * The line for a seat: where one stands in it, for how long, what else there is, and the seat once it is held. Elements stay the
 * same while their words change, so that the keyboard's focus stays where it is.
 */
export class WaitingPanel {
  readonly element: HTMLElement
  readonly #actions: WaitingActions
  readonly #title = h('h2', { class: 'waiting-title' })
  readonly #text = h('p')
  readonly #waited = h('span', { class: 'figure progress-total', title: 'Time since you asked' })
  readonly #position = h('strong', { class: 'figure' })
  readonly #length = h('span')
  readonly #eta = h('strong', { class: 'figure' })
  readonly #figures: HTMLElement
  readonly #hold: HTMLElement
  readonly #left = h('strong', { class: 'figure waiting-left' })
  readonly #leftBar = h('span')
  readonly #offers = h('ul', { class: 'offers' })
  readonly #offersTitle = h('h3', {}, 'Or, instead of waiting')
  readonly #error = h('p', { class: 'waiting-error', role: 'alert', hidden: true })
  readonly #said = h('p', { class: 'visually-hidden', role: 'status' })
  readonly #confirm: HTMLElement
  readonly #why: HTMLElement
  #view: SessionView | null = null
  #wait: WaitView | null = null
  #shownOffers = ''
  #holdEndsAtMs = 0
  #callAtMs = Number.POSITIVE_INFINITY
  #warned = 0
  #busy = false

  constructor(title: TitleCard, actions: WaitingActions) {
    this.#actions = actions
    this.#confirm = actionButton({
      label: 'Play',
      icon: 'play',
      kind: 'go',
      to: () => void this.#choose({ kind: 'confirm' }),
    })
    this.#confirm.dataset['role'] = 'confirm'
    this.#why = actionButton({ label: 'Why?', icon: 'info', to: () => actions.why() })
    this.#why.hidden = true
    this.#figures = h(
      'div',
      { class: 'waiting-figures' },
      h('p', {}, this.#position, this.#length),
      h('p', {}, this.#eta, h('span', {}, 'until a seat, going by how long people play')),
    )
    this.#hold = h(
      'div',
      { class: 'waiting-hold', hidden: true },
      h('p', {}, 'Take it within ', this.#left),
      h('span', { class: 'waiting-bar', 'aria-hidden': 'true' }, this.#leftBar),
      this.#confirm,
    )
    this.element = h(
      'div',
      { class: 'message' },
      backdrop(title),
      h(
        'div',
        // Its own status lines speak; the ticking figures must not.
        { class: 'message-card waiting', 'data-role': 'waiting', 'aria-live': 'off' },
        h('div', { class: 'progress-head' }, h('h1', {}, title.name), this.#waited),
        this.#title,
        this.#text,
        this.#figures,
        this.#hold,
        this.#offersTitle,
        this.#offers,
        this.#error,
        h(
          'div',
          { class: 'message-actions' },
          this.#why,
          actionButton({
            label: 'Leave the line',
            icon: 'end',
            to: () => void this.#choose({ kind: 'leave' }),
          }),
        ),
        this.#said,
      ),
    )
  }

  /** @param nowMs on `performance.now()`'s clock, as for `tick` */
  show(view: SessionView, nowMs: number): void {
    if (view === this.#view) return
    this.#view = view
    const { wait, state } = view
    if (wait === null) return
    const { hold, position, length, etaMs } = wait
    const budgetMs = 'budgetMs' in state ? state.budgetMs : null
    const newlyHeld = hold !== null && (this.#wait === null || this.#wait.hold === null)
    const moved =
      this.#wait === null ||
      newlyHeld ||
      this.#wait.position !== position ||
      (hold === null) !== (this.#wait.hold === null)
    this.#wait = wait
    if (hold !== null) this.#holdEndsAtMs = nowMs + hold.leftMs
    setText(this.#title, lineTitle(wait))
    setText(this.#text, lineText(wait, budgetMs))
    setText(this.#position, position === null ? '–' : String(position))
    setText(this.#length, `of ${length} in line`)
    setText(this.#eta, etaMs === null ? 'nobody can say yet' : aboutText(etaMs))
    this.#figures.hidden = position === null || hold !== null
    this.#hold.hidden = hold === null
    this.#showOffers(
      hold === null ? wait.offers.filter((offer) => offer.kind !== 'queue' || budgetMs !== null) : [],
    )
    if (moved) {
      this.#warned = 0
      setText(this.#said, announcement(wait))
      this.#error.hidden = true
    }
    if (newlyHeld) {
      this.#confirm.focus()
      this.#callAtMs = nowMs + callAfterMs
    }
    this.tick(nowMs)
  }

  /** The reasons can be read from now on. */
  explain(): void {
    this.#why.hidden = false
  }

  tick(nowMs: number): void {
    if (this.#view !== null) setText(this.#waited, elapsedText(Date.now() - this.#view.createdAtMs))
    const hold = this.#wait?.hold ?? null
    if (hold === null) return
    if (nowMs >= this.#callAtMs) {
      this.#callAtMs = Number.POSITIVE_INFINITY
      this.#actions.held()
    }
    const leftMs = Math.max(0, this.#holdEndsAtMs - nowMs)
    setText(this.#left, clockText(leftMs))
    this.#leftBar.style.transform = `scaleX(${Math.min(1, leftMs / Math.max(1, hold.ofMs))})`
    const next = warnAtS[this.#warned]
    if (next === undefined || leftMs > next * 1000) return
    this.#warned += 1
    if (hold.ofMs > next * 1000) setText(this.#said, `${next} seconds left to take your seat.`)
  }

  /** Builds the offers anew only where they changed, and gives a focus in them back. */
  #showOffers(offers: readonly WaitOffer[]): void {
    const key = JSON.stringify(offers)
    if (key === this.#shownOffers) return
    this.#shownOffers = key
    const focused = [...this.#offers.querySelectorAll('button')].findIndex(
      (button) => button === document.activeElement,
    )
    this.#offersTitle.hidden = offers.length === 0
    setText(this.#offersTitle, this.#wait?.position === null ? 'What there is' : 'Or, instead')
    replace(this.#offers, ...offers.map((offer) => h('li', {}, this.#offerButton(offer))))
    this.#offers.querySelectorAll('button')[focused]?.focus()
  }

  #offerButton(offer: WaitOffer): HTMLElement {
    const { label, note } = offerWords(offer)
    return h(
      'button',
      {
        class: 'button offer',
        type: 'button',
        'data-offer': offer.kind,
        on: { click: () => void this.#choose(choiceOf(offer)) },
      },
      icon(offer.kind === 'farther' ? 'play' : 'retry'),
      h('span', {}, h('strong', {}, label), h('small', {}, note)),
    )
  }

  #setBusy(busy: boolean): void {
    this.#busy = busy
    this.element.setAttribute('aria-busy', String(busy))
  }

  async #choose(choice: SessionChoice): Promise<void> {
    if (this.#busy) return
    this.#setBusy(true)
    this.#error.hidden = true
    const error = await this.#actions.choose(choice)
    this.#setBusy(false)
    if (error === null) return
    setText(this.#error, `${error.what} ${error.next}`)
    this.#error.hidden = false
  }
}

function choiceOf(offer: WaitOffer): SessionChoice {
  switch (offer.kind) {
    case 'queue':
      return { kind: 'queue' }
    case 'farther':
      return { kind: 'farther', siteId: offer.siteId }
    case 'lower-budget':
      return { kind: 'lower-budget', budgetMs: offer.budgetMs }
    default:
      return offer satisfies never
  }
}
