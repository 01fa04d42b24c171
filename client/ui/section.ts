import { h } from './dom.ts'

/** One matter of a page under its heading. */
export const section = (
  id: string,
  title: string,
  children: readonly (Node | string | false | null)[],
): HTMLElement =>
  h(
    'section',
    { class: 'card-box', 'aria-labelledby': `${id}-title` },
    h('h2', { id: `${id}-title` }, title),
    ...children,
  )
