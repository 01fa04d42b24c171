import type { MediaState } from '../../config/protocol/media.ts'
import type { CardMedia, CardPicture } from '../../config/protocol/titleMedia.ts'
import type { MadeFile, MediaWithWork, SettledWork } from '../store/mediaStore.ts'

/** What a version shows of itself: the files that were made, each with its words. */
export interface ShownMedia {
  readonly cover: ShownPicture | null
  readonly screenshots: readonly ShownPicture[]
  readonly trailer: ShownTrailer | null
}
interface ShownPicture {
  readonly alt: string
  readonly files: readonly MadeFile[]
}
interface ShownTrailer {
  readonly alt: string
  readonly file: MadeFile
  readonly seconds: number
  readonly poster: readonly MadeFile[]
}

/** What the console brought stands in place of what the build brings, kind by kind, as soon as it can be shown. */
export function shownOf(media: readonly MediaWithWork[], version: string | null): ShownMedia {
  const there = media.filter((one) => one.removedAtMs === null)
  const pictures = (kind: 'cover' | 'screenshot'): readonly ShownPicture[] => {
    const of = (wanted: string | null): readonly ShownPicture[] =>
      there.flatMap((one) =>
        one.kind === kind && one.version === wanted && one.state.kind === 'picture'
          ? [{ alt: one.alt, files: one.state.files }]
          : [],
      )
    const own = of(null)
    return own.length > 0 || version === null ? own : of(version)
  }
  const trailers = [...there].sort((a, b) => Number(a.version !== null) - Number(b.version !== null))
  const trailer = trailers.flatMap((one): ShownTrailer[] => {
    const { state, alt } = one
    const isMeant = one.kind === 'trailer' && (one.version === null || one.version === version)
    return isMeant && state.kind === 'trailer'
      ? [{ alt, file: state.file, seconds: state.seconds, poster: state.poster }]
      : []
  })[0]
  return {
    cover: pictures('cover')[0] ?? null,
    screenshots: pictures('screenshot'),
    trailer: trailer ?? null,
  }
}

export const fileName = ({ sha256, type }: MadeFile): string => `${sha256}.${type}`

/** Names of all that it shows. */
export const filesOf = ({ cover, screenshots, trailer }: ShownMedia): ReadonlySet<string> =>
  new Set(
    [
      ...(cover?.files ?? []),
      ...screenshots.flatMap(({ files }) => files),
      ...(trailer === null ? [] : [trailer.file, ...trailer.poster]),
    ].map(fileName),
  )

/** @param urlOf of a file that was made, by its name */
export function cardOf(
  { cover, screenshots, trailer }: ShownMedia,
  urlOf: (name: string) => string,
): CardMedia {
  const picture = ({ alt, files }: ShownPicture): readonly CardPicture[] => {
    const largest = files.at(-1)
    if (largest === undefined) return []
    const { widthPx, heightPx } = largest
    return [
      {
        alt,
        widthPx,
        heightPx,
        files: files.map((file) => ({ url: urlOf(fileName(file)), widthPx: file.widthPx })),
      },
    ]
  }
  const [front] = cover === null ? [] : picture(cover)
  const shots = screenshots.flatMap(picture)
  return {
    ...(front === undefined ? {} : { cover: front }),
    ...(shots.length === 0 ? {} : { screenshots: shots }),
    ...(trailer === null
      ? {}
      : {
          trailer: {
            alt: trailer.alt,
            url: urlOf(fileName(trailer.file)),
            widthPx: trailer.file.widthPx,
            heightPx: trailer.file.heightPx,
            seconds: trailer.seconds,
            poster: picture({ alt: '', files: trailer.poster })[0] ?? null,
          },
        }),
  }
}

/** One thing by itself, as its publisher sees it. */
export function previewOf(
  { kind, alt }: Pick<MediaWithWork, 'kind' | 'alt'>,
  state: Exclude<SettledWork, { kind: 'refused' }>,
  urlOf: (name: string) => string,
): Extract<MediaState, { kind: 'done' }> {
  const picture = state.kind === 'picture' ? { alt, files: state.files } : null
  return {
    kind: 'done',
    media: cardOf(
      {
        cover: kind === 'cover' ? picture : null,
        screenshots: kind === 'screenshot' && picture !== null ? [picture] : [],
        trailer:
          state.kind === 'trailer'
            ? { alt, file: state.file, seconds: state.seconds, poster: state.poster }
            : null,
      },
      urlOf,
    ),
  }
}
