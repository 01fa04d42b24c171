import type { CardMedia } from '../../config/protocol/titleMedia.ts'
import { h } from './dom.ts'

/** A film with the browser's own controls, silent until somebody wants its sound. It begins when it is asked to, and is fetched then. */
export function trailerView({
  url,
  alt,
  widthPx,
  heightPx,
  poster,
}: NonNullable<CardMedia['trailer']>): HTMLVideoElement {
  const video = h('video', {
    class: 'trailer',
    src: url,
    controls: true,
    playsinline: true,
    preload: 'none',
    width: widthPx,
    height: heightPx,
    poster: poster?.files.at(-1)?.url,
    'aria-label': alt === '' ? 'Trailer' : `Trailer: ${alt}`,
  })
  video.muted = true
  return video
}
