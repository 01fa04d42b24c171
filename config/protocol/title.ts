import * as z from 'zod/mini'
import { countryCode, shortText, titleId } from './ids.ts'
import { trustClass } from './placement.ts'
import { mostInSession } from './signal.ts'

const relativePath = z.string().check(z.maxLength(300), z.regex(/^(?!\/)(?!.*(?:^|\/)\.\.(?:\/|$)).+$/))
/** A KeyboardEvent.code, e.g. `ArrowLeft`; or `Mouse0`…`Mouse4` for a mouse button. */
const keyOrButton = z.string().check(z.regex(/^[A-Z][A-Za-z0-9]{0,31}$/))

const linuxRuntime = z.strictObject({
  kind: z.literal('linux'),
  /** Program and arguments. `{title}` stands for the title's read-only folder inside the sandbox, `{node}` for the Node executable. */
  command: z
    .array(z.string().check(z.minLength(1), z.maxLength(1000)))
    .check(z.minLength(1), z.maxLength(64)),
  env: z.record(z.string().check(z.regex(/^[A-Z_][A-Z0-9_]*$/)), z.string().check(z.maxLength(1000))),
  /** Files or executables of the host that must exist for the title to run, absolute. */
  needs: z.array(z.string().check(z.startsWith('/'))),
  /** Further files and folders of the host that a start reads, where they are there, absolute. */
  reads: z.optional(z.array(z.string().check(z.startsWith('/')))),
  /** Debian packages that bring them, for the message that says what to install. */
  packages: z.array(z.string()),
})

const html5Runtime = z.strictObject({
  kind: z.literal('html5'),
  /** Entry page inside the title's folder. */
  page: relativePath,
  needs: z.array(z.string().check(z.startsWith('/'))),
  reads: z.optional(z.array(z.string().check(z.startsWith('/')))),
  packages: z.array(z.string()),
})

/** Pad control (W3C standard mapping) → key or mouse button, for titles without pad support. */
const padMap = z.strictObject({
  buttons: z.record(z.string().check(z.regex(/^(?:[0-9]|1[0-6])$/)), keyOrButton),
  axes: z.record(
    z.string().check(z.regex(/^[0-3]$/)),
    z.strictObject({ negative: keyOrButton, positive: keyOrButton }),
  ),
})

const touchButton = z.strictObject({
  label: z.string().check(z.minLength(1), z.maxLength(12)),
  key: keyOrButton,
  /** Where it sits: `left` and `right` clusters at the lower corners, `top` row for menu keys. */
  zone: z.enum(['left', 'right', 'top']),
})

export const titleManifest = z.strictObject({
  id: titleId,
  version: z.string().check(z.regex(/^\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?$/)),
  name: z.string().check(z.minLength(1), z.maxLength(80)),
  tagline: z.string().check(z.maxLength(140)),
  description: z.string().check(z.maxLength(2000)),
  genre: z.string().check(z.maxLength(40)),
  /** Where the game and its data come from, and under which terms. */
  licence: z.strictObject({
    spdx: shortText,
    source: shortText,
    notes: z.optional(z.string().check(z.maxLength(1000))),
  }),
  cover: relativePath,
  runtime: z.discriminatedUnion('kind', [linuxRuntime, html5Runtime]),
  display: z.strictObject({
    widthPx: z.int().check(z.gte(320), z.lte(3840)),
    heightPx: z.int().check(z.gte(200), z.lte(2160)),
    fps: z.int().check(z.gte(10), z.lte(120)),
  }),
  input: z.strictObject({
    /** `relative`: the game grabs the pointer, so the player locks it. */
    pointer: z.enum(['none', 'absolute', 'relative']),
    /** `native`: the title reads pads itself (HTML5); `keys`: mapped by `padMap`. */
    pad: z.enum(['none', 'native', 'keys']),
    padMap: z.optional(padMap),
    /** `pointer`: a finger is the mouse; `native`: real touch events (HTML5); `pad`: only the virtual pad. */
    touch: z.enum(['pointer', 'native', 'pad']),
    touchButtons: z.array(touchButton).check(z.maxLength(16)),
    /** Left-thumb stick of the virtual pad: up, down, left, right. */
    touchStick: z.nullable(
      z.strictObject({ up: keyOrButton, down: keyOrButton, left: keyOrButton, right: keyOrButton }),
    ),
    /** The title reads input ids from the root window (Latency Lab). */
    announceInputs: z.optional(z.boolean()),
  }),
  /** What the player should know before the first key: `keys` as shown, `does` in words. */
  controls: z.array(
    z.strictObject({ keys: z.string().check(z.maxLength(40)), does: z.string().check(z.maxLength(80)) }),
  ),
  limits: z.strictObject({
    memoryBytes: z.int().check(z.gte(16 * 1024 * 1024)),
    maxProcesses: z.int().check(z.gte(4), z.lte(2000)),
    cpuCores: z.number().check(z.gt(0), z.lte(64)),
    tmpBytes: z.int().check(z.gte(1024 * 1024)),
  }),
  /** How many may play it at once in one session, each with a picture of their own; one if absent. */
  players: z.optional(z.strictObject({ max: z.int().check(z.gte(1), z.lte(mostInSession)) })),
  /** Longest predicted time from a click to its picture, ms. Nodes beyond it, or of unknown distance, do not get players of this title. */
  latencyBudgetMs: z.optional(z.int().check(z.gte(10), z.lte(2000))),
  /** Which nodes may run it, all if absent. What is asked for and not known of a node counts as no. */
  allow: z.optional(
    z.strictObject({
      /** This class or above. */
      trust: z.optional(trustClass),
      /** Where the publisher consents to its running. */
      countries: z.optional(z.array(countryCode).check(z.minLength(1), z.maxLength(250))),
    }),
  ),
})
export type TitleManifest = z.infer<typeof titleManifest>

/** What a library page and a player need of a title. */
export const titleCard = z.object({
  id: titleId,
  name: z.string(),
  tagline: z.string(),
  description: z.string(),
  genre: z.string(),
  licence: z.object({ spdx: z.string(), source: z.string(), notes: z.optional(z.string()) }),
  coverUrl: z.string(),
  display: titleManifest.shape.display,
  input: titleManifest.shape.input,
  controls: titleManifest.shape.controls,
  /** Whether a node that can run it is online now, and how many of its seats are free. */
  available: z.boolean(),
  seatsFree: z.int(),
})
export type TitleCard = z.infer<typeof titleCard>
