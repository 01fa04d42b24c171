import type { TitleCard } from '../../config/protocol/title.ts'
import { partyAddress } from '../party/address.ts'
import { closeOnBackdrop } from '../ui/dialog.ts'
import type { CardMedia } from '../../config/protocol/titleMedia.ts'
import { api } from '../ui/api.ts'
import { coverImage, pictureOf } from '../ui/cover.ts'
import { append, h } from '../ui/dom.ts'
import { icon } from '../ui/icons.ts'
import { ratingText } from '../ui/stars.ts'
import { controlsList } from '../ui/controls.ts'
import { trailerView } from '../ui/trailer.ts'
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

/** The film first, then pictures, which open in full in a tab of their own. */
function showMedia(seen: HTMLElement, { trailer, screenshots = [] }: CardMedia): void {
  if (trailer !== undefined) append(seen, [h('h3', {}, 'Trailer'), trailerView(trailer)])
  if (screenshots.length === 0) return
  append(seen, [
    h('h3', { id: 'details-shots' }, 'Screenshots'),
    h(
      'ul',
      { class: 'shots', 'aria-labelledby': 'details-shots', tabindex: 0 },
      ...screenshots.map((shot, index) =>
        h(
          'li',
          {},
          h(
            'a',
            {
              href: shot.files.at(-1)?.url,
              target: '_blank',
              rel: 'noreferrer',
              'aria-label': `Screenshot ${index + 1}${shot.alt === '' ? '' : `: ${shot.alt}`}, in full`,
            },
            pictureOf({ ...shot, alt: '' }, '(max-width: 640px) 75vw, 17rem', { loading: 'lazy' }),
          ),
        ),
      ),
    ),
  ])
}

/** Everything about one title; closing it is for the caller to hear of through `close`. */
export function detailsDialog(title: TitleCard): HTMLDialogElement {
  const seen = h('div', { class: 'seen' })
  // Lists have the cover alone.
  if (title.media !== undefined)
    void api.title(title.id).then(
      ({ media }) => media !== undefined && showMedia(seen, media),
      () => {},
    )
  const dialog = h(
    'dialog',
    { class: 'details', 'aria-labelledby': 'details-title' },
    coverImage(
      title,
      'cover',
      { alt: title.media?.cover?.alt ?? `${title.name}, a picture of the running game` },
      '(max-width: 42rem) 100vw, 40rem',
    ),
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
      seen,
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
