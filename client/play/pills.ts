import { h } from '../ui/dom.ts'
import { type IconName, icon } from '../ui/icons.ts'

/** Small notes and offers over the picture, one per name; a later one of the same name replaces the earlier. */
export class Pills {
  readonly #box: HTMLElement
  readonly #pills = new Map<string, HTMLElement>()
  readonly #timers = new Map<string, ReturnType<typeof setTimeout>>()

  constructor(box: HTMLElement) {
    this.#box = box
  }

  /** @param onClick makes it a button @param forMs takes it away again */
  show(name: string, pill: { icon: IconName; text: string; onClick?: () => void; forMs?: number }): void {
    this.hide(name)
    const { onClick } = pill
    const element =
      onClick === undefined
        ? h('p', { class: 'pill', 'data-pill': name, role: 'status' }, icon(pill.icon), pill.text)
        : h(
            'button',
            { class: 'pill pill-button', 'data-pill': name, type: 'button', on: { click: () => onClick() } },
            icon(pill.icon),
            pill.text,
          )
    // The keyboard stays with the game.
    element.addEventListener('pointerdown', (event) => event.preventDefault())
    this.#pills.set(name, element)
    this.#box.append(element)
    if (pill.forMs !== undefined)
      this.#timers.set(
        name,
        setTimeout(() => this.hide(name), pill.forMs),
      )
  }

  hide(name: string): void {
    clearTimeout(this.#timers.get(name))
    this.#timers.delete(name)
    this.#pills.get(name)?.remove()
    this.#pills.delete(name)
  }

  hideAll(): void {
    for (const name of [...this.#pills.keys()]) this.hide(name)
  }
}
