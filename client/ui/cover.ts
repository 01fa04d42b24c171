import type { TitleCard } from '../../config/protocol/title.ts'
import type { CardPicture } from '../../config/protocol/titleMedia.ts'
import { h } from './dom.ts'

/**
 * A title's picture; where it cannot be had, a plain field stays instead of the browser's broken image.
 * @param sizes how wide it is shown, as the attribute of that name says it
 */
export function coverImage(
  title: TitleCard,
  looks: string,
  props: Record<string, unknown> = {},
  sizes = '100vw',
): HTMLImageElement {
  const files = title.media?.cover?.files ?? []
  const image = h('img', {
    class: looks,
    alt: '',
    decoding: 'async',
    ...(files.length > 1 ? { srcset: srcsetOf(files), sizes } : {}),
    ...props,
  })
  image.addEventListener('error', () => {
    image.replaceWith(h('div', { class: `${looks} no-cover` }))
  })
  image.src = title.coverUrl
  return image
}

/** A picture in the size that the page shows it in. */
export function pictureOf(
  { alt, widthPx, heightPx, files }: CardPicture,
  sizes: string,
  props: Record<string, unknown> = {},
): HTMLImageElement {
  return h('img', {
    alt,
    width: widthPx,
    height: heightPx,
    decoding: 'async',
    srcset: srcsetOf(files),
    sizes,
    src: files.at(-1)?.url,
    ...props,
  })
}

const srcsetOf = (files: CardPicture['files']): string =>
  files.map(({ url, widthPx }) => `${url} ${widthPx}w`).join(', ')
