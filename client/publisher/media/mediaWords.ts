import type { MediaItem, MediaKind, MediaState } from '../../../config/protocol/media.ts'
import { mostScreenshots } from '../../../config/protocol/titleMedia.ts'

export const kindNames: Readonly<
  Record<MediaKind, { readonly one: string; readonly hint: string; readonly accept: string }>
> = {
  cover: {
    one: 'Cover',
    hint: 'JPEG, PNG or WebP of up to 10 MiB; 1280 × 720 pixels or more look best.',
    accept: 'image/jpeg,image/png,image/webp',
  },
  screenshot: {
    one: 'Screenshots',
    hint: `Up to ${mostScreenshots}, JPEG, PNG or WebP of up to 10 MiB each.`,
    accept: 'image/jpeg,image/png,image/webp',
  },
  trailer: {
    one: 'Trailer',
    hint: 'MP4 (H.264) or WebM of up to a minute and 128 MiB. Players get it in 720p.',
    accept: 'video/mp4,video/webm,video/quicktime',
  },
}

/** What has become of it, in a line. */
export function stateWords({ kind, state }: Pick<MediaItem, 'kind' | 'state'>): string {
  switch (state.kind) {
    case 'waiting':
      return state.before === 0 ? 'Waits for its turn' : `Waits, ${state.before} before it`
    case 'working':
      return kind === 'trailer' ? 'The film is being made' : 'Thumbnails are being made'
    case 'refused':
      return 'Cannot be shown'
    case 'done':
      return sizeWords(state)
  }
}

function sizeWords({ media }: Extract<MediaState, { kind: 'done' }>): string {
  const { trailer } = media
  if (trailer !== undefined) return `${lengthText(trailer.seconds)}, ${trailer.widthPx} × ${trailer.heightPx}`
  const picture = media.cover ?? media.screenshots?.[0]
  return picture === undefined ? '' : `${picture.widthPx} × ${picture.heightPx}`
}

/** `0:42` */
const lengthText = (seconds: number): string => {
  const whole = Math.round(seconds)
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`
}

/** What players see of a kind, where its publisher has brought something. Null: nothing must be said. */
export function placeWords(kind: MediaKind, items: readonly MediaItem[]): string | null {
  const own = items.filter((one) => one.kind === kind && one.version === null)
  const built = items.filter((one) => one.kind === kind && one.version !== null)
  if (own.length === 0 || built.length === 0) return null
  if (own.some(({ state }) => state.kind === 'done'))
    return 'Players see yours in place of what the build brings.'
  return own.every(({ state }) => state.kind === 'refused')
    ? 'Yours cannot be shown, so players see what the build brings.'
    : 'Until yours is ready, players see what the build brings.'
}

/** Those of a kind that the page lists: what the console brought, else what the build brings. */
export function listed(kind: MediaKind, items: readonly MediaItem[]): readonly MediaItem[] {
  const all = items.filter((one) => one.kind === kind)
  const own = all.filter(({ version }) => version === null)
  return own.length > 0 ? own : all
}

/** The ids with one of them a place further to the front or the back. */
export function moved(ids: readonly string[], id: string, by: -1 | 1): readonly string[] {
  const from = ids.indexOf(id)
  const to = from + by
  if (from < 0 || to < 0 || to >= ids.length) return ids
  const next = [...ids]
  next.splice(from, 1)
  next.splice(to, 0, id)
  return next
}
