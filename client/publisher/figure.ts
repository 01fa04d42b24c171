import { h } from '../ui/dom.ts'

/** One of a list of figures: what it is, how much, and a word about it. */
export const figure = (name: string, value: string, note = ''): HTMLElement =>
  h(
    'div',
    {},
    h('dt', {}, name),
    h('dd', {}, h('strong', { class: 'figure' }, value), note !== '' && h('small', {}, note)),
  )
