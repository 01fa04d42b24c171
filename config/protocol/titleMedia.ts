import * as z from 'zod/mini'
import { field, relativePath } from './titleField.ts'

/** Of one title, besides its cover and one trailer. */
export const mostScreenshots = 8
export const maxPictureBytes = 10 * 1024 * 1024
export const maxTrailerBytes = 128 * 1024 * 1024
export const maxTrailerSeconds = 60

/** What is in a picture, for whoever does not see it. */
export const altText = z.string().check(z.maxLength(300))

/** What a build brings to be shown, besides its cover. */
export const manifestMedia = z.strictObject({
  coverAlt: field('What is in the cover, for whoever does not see it.', z.optional(altText)),
  screenshots: field(
    'Pictures of the running game (JPEG, PNG or WebP), in the order in which they are shown.',
    z.optional(
      z
        .array(
          z.strictObject({
            file: field('From the root of the build.', relativePath),
            alt: field('What is in it, for whoever does not see it.', altText),
          }),
        )
        .check(z.maxLength(mostScreenshots)),
    ),
  ),
  trailer: field(
    'A film of the game (MP4 or WebM) of at most a minute.',
    z.optional(
      z.strictObject({
        file: field('From the root of the build.', relativePath),
        alt: field('What happens in it, for whoever does not see it.', altText),
      }),
    ),
  ),
})

/** A picture in several sizes, the smallest first. */
const cardPicture = z.object({
  alt: z.string(),
  widthPx: z.int(),
  heightPx: z.int(),
  files: z.array(z.object({ url: z.string(), widthPx: z.int() })),
})
export type CardPicture = z.infer<typeof cardPicture>

const cardTrailer = z.object({
  alt: z.string(),
  /** MP4: H.264 and AAC. */
  url: z.string(),
  widthPx: z.int(),
  heightPx: z.int(),
  seconds: z.number(),
  poster: z.nullable(cardPicture),
})

/** Of a title's card. Lists leave out what only its own page shows. */
export const cardMedia = z.object({
  cover: z.optional(cardPicture),
  screenshots: z.optional(z.array(cardPicture)),
  trailer: z.optional(cardTrailer),
})
export type CardMedia = z.infer<typeof cardMedia>
