import { startsPlay } from './startKey.ts'

const control = (target: EventTarget | null): Element | null =>
  target instanceof Element ? target.closest('a, button') : null

/** Begins at the first click on the poster or the first key, except on a control that means something else. */
export function onFirstPress(poster: HTMLElement, hasBegun: () => boolean, begin: () => void): void {
  poster.addEventListener('click', ({ target }) => {
    const pressed = control(target)
    if (pressed === null || pressed.getAttribute('data-role') === 'start') begin()
  })
  const onKey = (event: KeyboardEvent): void => {
    if (hasBegun()) window.removeEventListener('keydown', onKey)
    else if (startsPlay(event) && control(event.target) === null) {
      event.preventDefault()
      begin()
    }
  }
  window.addEventListener('keydown', onKey)
}
