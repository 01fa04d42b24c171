import * as z from 'zod/mini'
import { countryCode, shortText, titleId } from './ids.ts'
import { trustClass } from './placement.ts'
import { cardRating } from './ratings.ts'
import { mostInSession } from './signal.ts'
import { field, relativePath } from './titleField.ts'
import { gpuNeed } from './titleGpu.ts'
import { cardMedia, manifestMedia } from './titleMedia.ts'

/**
 * `nearcade.title.json`: what a publisher says of a build. Editors show the text behind each field (titleSchema.ts makes a JSON Schema of it),
 * and so do faults (titleFaults.ts) and docs/manifest.md.
 */
const absolutePath = z.string().check(z.maxLength(1000), z.regex(/^\//))
/** A KeyboardEvent.code, e.g. `ArrowLeft`; or `Mouse0`…`Mouse4` for a mouse button. */
const keyOrButton = z.string().check(z.regex(/^[A-Z][A-Za-z0-9]{0,31}$/))
/** Forward slashes, no step up; `*`, `**` and `?` as titleSaves.ts reads them. */
const homeGlob = z.string().check(z.maxLength(300), z.regex(/^(?!\/)(?!.*(?:^|\/)\.\.(?:\/|$))[^\\]+$/))

const hostFiles = {
  needs: field(
    'Files of the host that must be there for the title to run, absolute. A build that brings all it needs leaves it out.',
    z._default(z.array(absolutePath).check(z.maxLength(64)), []),
  ),
  reads: field(
    'Further files and folders of the host that a start reads, where they are there, absolute.',
    z.optional(z.array(absolutePath).check(z.maxLength(64))),
  ),
  packages: field(
    'Debian packages that bring what `needs` names, for the message that says what to install.',
    z._default(z.array(z.string().check(z.maxLength(100))).check(z.maxLength(64)), []),
  ),
}

const linuxRuntime = z.strictObject({
  kind: field('`linux`: a program in a display of its own.', z.literal('linux')),
  command: field(
    'Program and arguments. `{title}` stands for the folder of the build inside the sandbox, `{node}` for a Node executable.',
    z.array(z.string().check(z.minLength(1), z.maxLength(1000))).check(z.minLength(1), z.maxLength(64)),
  ),
  workingFolder: field(
    'Where the program starts, from the root of the build: `.` is the root itself. It is read-only. The player’s home if absent.',
    z.optional(relativePath),
  ),
  env: field(
    'Environment variables of the program: names in capital letters.',
    z._default(
      z.record(z.string().check(z.regex(/^[A-Z_][A-Z0-9_]*$/)), z.string().check(z.maxLength(1000))),
      {},
    ),
  ),
  ...hostFiles,
})

const html5Runtime = z.strictObject({
  kind: field('`html5`: a page in a browser of its own, served from the build.', z.literal('html5')),
  page: field('Entry page, from the root of the build.', relativePath),
  ...hostFiles,
})

/** Pad control (W3C standard mapping) → key or mouse button, for titles without pad support. */
const padMap = z.strictObject({
  buttons: field(
    'Button of the W3C standard gamepad, 0 to 16 → key or mouse button.',
    z.record(z.string().check(z.regex(/^(?:[0-9]|1[0-6])$/)), keyOrButton),
  ),
  axes: field(
    'Axis of the W3C standard gamepad, 0 to 3 → a key for either direction.',
    z.record(
      z.string().check(z.regex(/^[0-3]$/)),
      z.strictObject({
        negative: field('Left or up.', keyOrButton),
        positive: field('Right or down.', keyOrButton),
      }),
    ),
  ),
})

const touchButton = z.strictObject({
  label: field('What is written on it.', z.string().check(z.minLength(1), z.maxLength(12))),
  key: field('The key or mouse button that it presses.', keyOrButton),
  zone: field(
    'Where it sits: `left` and `right` clusters at the lower corners, `top` row for menu keys.',
    z.enum(['left', 'right', 'top']),
  ),
})

/** The ages that each scheme knows: IARC's generic ratings and PEGI's are the same, Germany's USK has its own. */
const ageRating = z.discriminatedUnion('scheme', [
  z.strictObject({
    scheme: field('Who rated it: `IARC`, `PEGI` or `USK`.', z.enum(['IARC', 'PEGI'])),
    age: field('From which age on.', z.literal([3, 7, 12, 16, 18])),
  }),
  z.strictObject({
    scheme: field('Germany’s Unterhaltungssoftware Selbstkontrolle.', z.literal('USK')),
    age: field('From which age on.', z.literal([0, 6, 12, 16, 18])),
  }),
])

export const titleManifest = z.strictObject({
  $schema: field(
    'For editors: where the JSON Schema of this file is, such as `https://your.network/schema/nearcade.title.json`.',
    z.optional(z.string().check(z.maxLength(1000))),
  ),
  id: field(
    'The title’s name in addresses, the same on the whole network: lower case letters, digits and dashes.',
    titleId,
  ),
  version: field(
    'Of this build, such as `1.2.0` or `1.2.0-beta.1`. A version that was pushed never changes: raise it for each build.',
    z.string().check(z.maxLength(64), z.regex(/^\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?$/)),
  ),
  name: field('As players see it.', z.string().check(z.minLength(1), z.maxLength(80))),
  tagline: field('One line under the name.', z.string().check(z.maxLength(140))),
  description: field('A few sentences on the title’s page.', z.string().check(z.maxLength(2000))),
  genre: field('One word or two, such as `Platformer`.', z.string().check(z.maxLength(40))),
  licence: field(
    'Where the game and its data come from, and under which terms.',
    z.strictObject({
      spdx: field('SPDX identifier, such as `GPL-3.0-or-later`, or `LicenseRef-Proprietary`.', shortText),
      source: field('Where it comes from: an address, or in words.', shortText),
      notes: field('What else must be said.', z.optional(z.string().check(z.maxLength(1000)))),
    }),
  ),
  cover: field(
    'A picture of the running game (JPEG, PNG or WebP), from the root of the build.',
    relativePath,
  ),
  media: field('What else is shown of the game, from the root of the build.', z.optional(manifestMedia)),
  runtime: field('How the build starts.', z.discriminatedUnion('kind', [linuxRuntime, html5Runtime])),
  display: field(
    'The picture that the game draws by itself. Players on narrow lines get less of it.',
    z.strictObject({
      widthPx: field('Width of its screen, pixels.', z.int().check(z.gte(320), z.lte(3840))),
      heightPx: field('Height of its screen, pixels.', z.int().check(z.gte(200), z.lte(2160))),
      fps: field('Frames a second.', z.int().check(z.gte(10), z.lte(120))),
    }),
  ),
  input: field(
    'What the game listens to, and what stands in for it on phones and pads.',
    z.strictObject({
      pointer: field(
        '`relative`: the game grabs the pointer, so the player locks it; `absolute`: it follows the pointer; `none`: it takes no notice.',
        z.enum(['none', 'absolute', 'relative']),
      ),
      pad: field(
        '`native`: the title reads pads itself (HTML5); `keys`: mapped by `padMap`; `none`: no pads.',
        z.enum(['none', 'native', 'keys']),
      ),
      padMap: field('Which key each control of a pad presses, where `pad` is `keys`.', z.optional(padMap)),
      touch: field(
        '`pointer`: a finger is the mouse; `native`: real touch events (HTML5); `pad`: only the virtual pad.',
        z.enum(['pointer', 'native', 'pad']),
      ),
      touchButtons: field(
        'Buttons of the virtual pad on touch screens.',
        z.array(touchButton).check(z.maxLength(16)),
      ),
      touchStick: field(
        'Keys of the virtual pad’s left stick; null: it has none.',
        z.nullable(
          z.strictObject({
            up: field('Key for up.', keyOrButton),
            down: field('Key for down.', keyOrButton),
            left: field('Key for left.', keyOrButton),
            right: field('Key for right.', keyOrButton),
          }),
        ),
      ),
      announceInputs: field(
        'The title reads input ids from the root window (Latency Lab).',
        z.optional(z.boolean()),
      ),
    }),
  ),
  controls: field(
    'What the player should know before the first key.',
    z
      .array(
        z.strictObject({
          keys: field('Keys as shown, such as `← →`.', z.string().check(z.maxLength(40))),
          does: field('What they do, in words.', z.string().check(z.maxLength(80))),
        }),
      )
      .check(z.maxLength(64)),
  ),
  limits: field(
    'The most that one running game may take. Beyond the memory it is ended; beyond the rest it is held.',
    z.strictObject({
      memoryBytes: field('Memory, bytes.', z.int().check(z.gte(16 * 1024 * 1024), z.lte(256 * 1024 ** 3))),
      maxProcesses: field('Processes and threads.', z.int().check(z.gte(4), z.lte(2000))),
      cpuCores: field('Of the processor, such as 1.5 cores.', z.number().check(z.gt(0), z.lte(64))),
      tmpBytes: field('Of /tmp, bytes.', z.int().check(z.gte(1024 * 1024), z.lte(64 * 1024 ** 3))),
    }),
  ),
  gpu: field('The graphics that it needs; `none` if absent.', z.optional(gpuNeed)),
  saves: field(
    'Which files of the player’s home are saves, as globs from the home, such as `.local/share/mygame/**`. Everything but caches if absent.',
    z.optional(z.array(homeGlob).check(z.minLength(1), z.maxLength(32))),
  ),
  network: field(
    'What the game needs of a network. `none` is all there is: no sandbox has one. The check of a version fails one that asks for it and does not say `none`.',
    z.optional(z.literal('none')),
  ),
  sound: field(
    'Whether it has any. The check of a version fails one that is silent and does not say `none`.',
    z.optional(z.enum(['stereo', 'none'])),
  ),
  messages: field(
    'The game and the page that embeds its player speak with each other: docs/embed says how.',
    z.optional(z.boolean()),
  ),
  ageRating: field('How old players should be, where somebody has rated it.', z.optional(ageRating)),
  players: field(
    'Several players in one session, each with a picture of their own; one if absent.',
    z.optional(
      z.strictObject({
        max: field('How many at once.', z.int().check(z.gte(1), z.lte(mostInSession))),
      }),
    ),
  ),
  latencyBudgetMs: field(
    'Longest predicted time from a click to its picture, ms. Nodes beyond it, or of unknown distance, do not get players of this title.',
    z.optional(z.int().check(z.gte(10), z.lte(2000))),
  ),
  allow: field(
    'Which nodes may run it, all if absent. What is asked for and not known of a node counts as no.',
    z.optional(
      z.strictObject({
        trust: field('This class of host or above.', z.optional(trustClass)),
        countries: field(
          'Where the publisher consents to its running: ISO 3166-1, two capital letters each.',
          z.optional(z.array(countryCode).check(z.minLength(1), z.maxLength(250))),
        ),
      }),
    ),
  ),
})
export type TitleManifest = z.infer<typeof titleManifest>

/** Of a publisher's manifest and of its cover. */
export const maxManifestBytes = 64 * 1024
export const maxCoverBytes = 2 * 1024 * 1024
/** How covers are named: what browsers show, and nothing that runs. */
export const coverName = /\.(?:png|jpe?g|webp|avif|gif)$/i

/** What a library page and a player need of a title. */
export const titleCard = z.object({
  id: titleId,
  name: z.string(),
  tagline: z.string(),
  description: z.string(),
  genre: z.string(),
  licence: z.object({ spdx: z.string(), source: z.string(), notes: z.optional(z.string()) }),
  coverUrl: z.string(),
  /** What was made of its pictures and trailer; absent: nothing yet. */
  media: z.optional(cardMedia),
  display: titleManifest.shape.display,
  input: titleManifest.shape.input,
  controls: titleManifest.shape.controls,
  ageRating: titleManifest.shape.ageRating,
  rating: z.optional(cardRating),
  /** Whether a node that can run it is online now, and how many of its seats are free. */
  available: z.boolean(),
  seatsFree: z.int(),
})
export type TitleCard = z.infer<typeof titleCard>
