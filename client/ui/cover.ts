import type { TitleCard } from '../../config/protocol/title.ts'
import { h } from './dom.ts'

/** A title's picture; where it cannot be had, a plain field stays instead of the browser's broken image. */
export function coverImage(
  title: TitleCard,
  looks: string,
  props: Record<string, unknown> = {},
): HTMLImageElement {
  const image = h('img', { class: looks, alt: '', decoding: 'async', ...props })
  image.addEventListener('error', () => {
    image.replaceWith(h('div', { class: `${looks} no-cover` }))
  })
  image.src = title.coverUrl
  return image
}
