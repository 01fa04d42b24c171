import type { TitleCard } from '../../config/protocol/title.ts'
import { partyAddress } from '../party/address.ts'
import { closeOnBackdrop } from '../ui/dialog.ts'
import { coverImage } from '../ui/cover.ts'
import { h } from '../ui/dom.ts'
import { icon } from '../ui/icons.ts'
import { ratingText } from '../ui/stars.ts'
import { controlsList } from '../ui/controls.ts'
import { availabilityOf } from './availability.ts'

/** Addresses inside the text become links. */
const source = (text: string): (HTMLElement | string)[] =>
  text
    .split(/(https?:\/\/[^\s()<>]+)/)
    .map((part) =>
      /^https?:/.test(part)
        ? h('a', { href: part, rel: 'noreferrer', target: '_blank' }, part.replace(/^https?:\/\//, ''))
        : part,
    )

const facts = (title: TitleCard): HTMLElement =>
  h(
    'dl',
    { class: 'facts' },
    h('dt', {}, 'Genre'),
    h('dd', {}, title.genre),
    h('dt', {}, 'Picture'),
    h(
      'dd',
      { class: 'figure' },
      `${title.display.widthPx} × ${title.display.heightPx}, ${title.display.fps} fps`,
    ),
    title.ageRating !== undefined && h('dt', {}, 'Age'),
    title.ageRating !== undefined && h('dd', {}, `${title.ageRating.age}+ (${title.ageRating.scheme})`),
    title.rating !== undefined && h('dt', {}, 'Players'),
    title.rating !== undefined &&
      h('dd', {}, `${ratingText(title.rating)}, by ${title.rating.players} of them`),
    h('dt', {}, 'Seats'),
    h('dd', {}, availabilityOf(title).text),
    h('dt', {}, 'Licence'),
    h('dd', {}, title.licence.spdx),
    h('dt', {}, 'Source'),
    h('dd', {}, ...source(title.licence.source)),
  )

/** Everything about one title; closing it is for the caller to hear of through `close`. */
export function detailsDialog(title: TitleCard): HTMLDialogElement {
  const dialog = h(
    'dialog',
    { class: 'details', 'aria-labelledby': 'details-title' },
    coverImage(title, 'cover', { alt: `${title.name}, a picture of the running game` }),
    h(
      'button',
      {
        class: 'button button-icon details-close',
        type: 'button',
        'aria-label': 'Close',
        on: { click: () => dialog.close() },
      },
      icon('close'),
    ),
    h(
      'div',
      { class: 'dialog-body' },
      h('h2', { id: 'details-title' }, title.name),
      h('p', {}, title.description),
      title.controls.length > 0 && h('h3', {}, 'Controls'),
      title.controls.length > 0 && controlsList(title.controls),
      h('h3', {}, 'About'),
      facts(title),
      title.licence.notes !== undefined && h('p', { class: 'notes' }, title.licence.notes),
      h(
        'div',
        { class: 'dialog-actions' },
        h(
          'a',
          { class: 'button button-go', href: `/play/${encodeURIComponent(title.id)}`, autofocus: true },
          icon('play'),
          `Play ${title.name}`,
        ),
        h('a', { class: 'button', href: partyAddress(title.id) }, icon('friends'), 'Play with friends'),
      ),
    ),
  )
  closeOnBackdrop(dialog)
  return dialog
}
