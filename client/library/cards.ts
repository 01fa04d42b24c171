import type { TitleCard } from '../../config/protocol/title.ts'
import { coverImage } from '../ui/cover.ts'
import { h } from '../ui/dom.ts'
import { icon } from '../ui/icons.ts'
import { ratingText } from '../ui/stars.ts'
import { availabilityOf } from './availability.ts'

const playHref = (title: TitleCard): string => `/play/${encodeURIComponent(title.id)}`

const seats = (title: TitleCard): HTMLElement => {
  const { kind, text } = availabilityOf(title)
  return h('span', { class: `seats seats-${kind}` }, text)
}

/** How wide they are shown: style.css. */
const [heroSizes, gridSizes] = ['(max-width: 640px) 100vw, 60rem', '(max-width: 640px) 100vw, 27rem']

const cover = (title: TitleCard, eager: boolean): HTMLElement =>
  coverImage(
    title,
    'cover',
    {
      width: title.display.widthPx,
      height: title.display.heightPx,
      loading: eager ? 'eager' : 'lazy',
    },
    eager ? heroSizes : gridSizes,
  )

const meta = (title: TitleCard): HTMLElement =>
  h(
    'p',
    { class: 'meta' },
    h('span', {}, title.genre),
    h('span', { class: 'figure', title: 'Licence' }, title.licence.spdx),
    title.rating !== undefined && h('span', {}, ratingText(title.rating)),
  )

const actions = (title: TitleCard): HTMLElement =>
  h(
    'div',
    { class: 'actions' },
    h(
      'a',
      { class: 'button button-go', href: playHref(title), 'aria-label': `Play ${title.name}` },
      icon('play'),
      'Play',
    ),
    h('a', { class: 'button', href: `#${title.id}`, 'aria-label': `Details of ${title.name}` }, 'Details'),
  )

/** The picture is a second way to Play for the pointer; the keyboard has the button. */
const coverLink = (title: TitleCard, eager: boolean): HTMLElement =>
  h(
    'a',
    { class: 'cover-link', href: playHref(title), tabindex: -1, 'aria-hidden': 'true' },
    cover(title, eager),
  )

export const heroCard = (title: TitleCard): HTMLElement =>
  h(
    'article',
    { class: 'hero', 'data-title': title.id },
    coverLink(title, true),
    h(
      'div',
      { class: 'hero-text' },
      seats(title),
      h('h2', {}, title.name),
      h('p', { class: 'tagline' }, title.tagline),
      meta(title),
      actions(title),
    ),
  )

export const gridCard = (title: TitleCard): HTMLElement =>
  h(
    'li',
    { class: 'card', 'data-title': title.id },
    coverLink(title, false),
    h(
      'div',
      { class: 'card-text' },
      h('h3', {}, title.name),
      h('p', { class: 'tagline' }, title.tagline),
      meta(title),
      seats(title),
      actions(title),
    ),
  )
