import { h, setText } from '../ui/dom.ts'
import { clockText } from '../ui/format.ts'
import { actionButton } from './panels.ts'

export interface LostActions {
  onRetry(): void
  onEnd(): void
}

/** After the whole grace and this much more without a word from anyone, the page stops pretending, ms. */
const patienceMs = 10_000

/** The stream is lost: what is being tried, and how long the game still waits. The last picture stays behind it. */
export class LostPanel {
  readonly element: HTMLElement
  readonly #title = h('h1', {}, 'The stream was interrupted')
  readonly #text = h('p')
  readonly #left = h('p', { class: 'lost-left', 'aria-live': 'off' })
  readonly #graceMs: number
  readonly #sinceMs: number
  #endsAtMs: number
  #routerOpen = true

  /** @param nowMs on `performance.now()`'s clock, as for `tick` */
  constructor(graceMs: number, nowMs: number, actions: LostActions) {
    this.#graceMs = graceMs
    this.#sinceMs = nowMs
    this.#endsAtMs = nowMs + graceMs
    this.element = h(
      'div',
      { class: 'message message-clear' },
      h(
        'div',
        { class: 'message-card', 'data-role': 'lost', role: 'alert' },
        h('span', { class: 'spinner', 'aria-hidden': 'true' }),
        this.#title,
        this.#text,
        this.#left,
        h(
          'div',
          { class: 'message-actions' },
          actionButton({ label: 'Try now', icon: 'retry', kind: 'go', to: () => actions.onRetry() }),
          actionButton({ label: 'End session', icon: 'end', kind: 'bad', to: () => actions.onEnd() }),
        ),
      ),
    )
    this.tick(nowMs)
  }

  /** @param graceEndsAtMs on the wall clock, null while the node has not said */
  update(graceEndsAtMs: number | null, routerOpen: boolean): void {
    this.#routerOpen = routerOpen
    if (graceEndsAtMs !== null) {
      const leftMs = Math.min(this.#graceMs, Math.max(0, graceEndsAtMs - Date.now()))
      this.#endsAtMs = performance.now() + leftMs
    }
    this.tick(performance.now())
  }

  tick(nowMs: number): void {
    const over = nowMs - this.#sinceMs > this.#graceMs + patienceMs
    setText(this.#title, over ? 'Nothing has been heard for too long' : 'The stream was interrupted')
    setText(
      this.#text,
      over
        ? 'The game has most likely been ended. Check your network, try once more, or go back to the library.'
        : this.#routerOpen
          ? 'Your game is paused on its node. Connecting to it again.'
          : 'Neither the node nor Nearcade can be reached; your network may be down. Trying again all the time.',
    )
    setText(this.#left, over ? '' : `The game waits ${clockText(this.#endsAtMs - nowMs)} more.`)
  }
}
