import { errorOf } from './api.ts'
import { h, replace } from './dom.ts'
import { failureBox } from './form.ts'

/** Where a page that keeps itself fresh says what went wrong. */
export class Trouble {
  readonly element = h('div')
  /** It goes with the next answer; what somebody did and failed stays until they do something else. */
  #isPassing = false
  #shown = ''

  /** What somebody wanted has failed. */
  say(failure: unknown): void {
    this.#isPassing = false
    const box = this.#show(failure)
    box?.scrollIntoView({ block: 'nearest' })
    box?.focus()
  }

  /** The page could not be kept fresh; said once. */
  stale(failure: unknown): void {
    if (this.#shown !== '' && !this.#isPassing) return
    this.#isPassing = true
    this.#show(failure)
  }

  fresh(): void {
    if (this.#isPassing) this.clear()
  }

  clear(): void {
    this.#shown = ''
    replace(this.element)
  }

  #show(failure: unknown): HTMLElement | null {
    const error = errorOf(failure)
    const key = JSON.stringify(error)
    if (this.#isPassing && key === this.#shown) return null
    this.#shown = key
    const box = failureBox(error)
    replace(this.element, box)
    return box
  }
}
