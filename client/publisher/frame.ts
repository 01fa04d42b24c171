import type { AccountView } from '../../config/protocol/account.ts'
import { h, replace } from '../ui/dom.ts'
import { type Part, partAddress, titlesAddress } from './address.ts'

export type Organisation = AccountView['organisations'][number]

export interface FrameView {
  readonly organisations: readonly Organisation[]
  readonly chosen: Organisation
  readonly parts: readonly { readonly part: Part; readonly label: string }[]
  readonly part: Part
}

/** Which organisation, and which part of the console. */
export function showFrame(place: HTMLElement, { organisations, chosen, parts, part }: FrameView): void {
  const select = h(
    'select',
    {
      id: 'organisation',
      on: {
        change: () => {
          location.hash = select.value === '' ? '#/new' : titlesAddress(select.value)
        },
      },
    },
    ...organisations.map(({ slug, name }) =>
      h('option', { value: slug, selected: slug === chosen.slug }, name),
    ),
    h('option', { value: '' }, 'Make another one…'),
  )
  replace(
    place,
    h(
      'div',
      { class: 'switcher field' },
      h('label', { class: 'visually-hidden', for: 'organisation' }, 'Organisation'),
      select,
    ),
    h(
      'nav',
      { 'aria-label': 'Console' },
      h(
        'ul',
        { class: 'parts' },
        ...parts.map((one) =>
          h(
            'li',
            {},
            h(
              'a',
              {
                href: partAddress(chosen.slug, one.part),
                'aria-current': one.part === part ? 'page' : null,
              },
              one.label,
            ),
          ),
        ),
      ),
    ),
  )
}
