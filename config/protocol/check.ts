import * as z from 'zod/mini'
import { plainPath, sha256 } from './content.ts'

/**
 * What a node measured of a title in a session without a player: the check of a version before it may go live. Figures alone; what they
 * mean is for the router to say, by one rule for all nodes.
 */
const pixels = z.int().check(z.gte(-100_000), z.lte(100_000))
const ms = z.number().check(z.gte(0), z.lte(600_000))

const savedFile = z.object({
  path: plainPath,
  size: z.int().check(z.gte(0)),
  sha256,
})
export type SavedFile = z.infer<typeof savedFile>
const savedFiles = z.array(savedFile).check(z.maxLength(64))

/** How it ended when it was asked to (SIGTERM), or before that. */
const checkExit = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('exited'), code: z.int(), asked: z.boolean(), tookMs: ms }),
  z.object({
    kind: z.literal('signalled'),
    signal: z.string().check(z.maxLength(20)),
    asked: z.boolean(),
    tookMs: ms,
  }),
  z.object({ kind: z.literal('outOfMemory'), asked: z.boolean(), tookMs: ms }),
  /** It went on after it had been asked, and was killed. */
  z.object({ kind: z.literal('stayed') }),
])

const names = z.array(z.string().check(z.maxLength(200))).check(z.maxLength(16))

export const checkMeasures = z.object({
  /** From the order to start to something other than black on the screen; null: it stayed dark. */
  firstPictureMs: z.nullable(ms),
  /** How many frames were drawn in each whole second, of at most those that the manifest promises. */
  framesBySecond: z.array(z.int().check(z.gte(0), z.lte(1000))).check(z.maxLength(120)),
  /** Most of the picture that any scripted input was followed by a change of, 0-1. */
  changedByInput: z.number().check(z.gte(0), z.lte(1)),
  /** Inputs that were made, in words. */
  inputs: z.array(z.string().check(z.maxLength(40))).check(z.maxLength(64)),
  /** Loudest 10 ms that it played, in dB of full scale (RMS); null: not a sound, or the node has no sound server. */
  loudestDbfs: z.nullable(z.number()),
  hasSoundServer: z.boolean(),
  /** Windows that can be seen at the end, uppermost last. */
  windows: z
    .array(z.object({ xPx: pixels, yPx: pixels, widthPx: pixels, heightPx: pixels }))
    .check(z.maxLength(64)),
  /** What it tried that no sandbox lets it; null: the node could not watch it. */
  access: z.nullable(
    z.object({
      /** Its calls, or a page's requests. */
      by: z.enum(['calls', 'requests']),
      /** Whom it tried to reach over a network, in words. */
      reached: names,
      /** What it tried to write that is not its to write; and what is merely read-only here, its build first of all. */
      wrote: names,
      lost: names,
    }),
  ),
  exit: checkExit,
  /** What of its saves it had made by its end; null: its manifest names none. */
  saves: z.nullable(z.object({ files: savedFiles, others: names })),
  /** What was on the screen, as PNG in base64. */
  pictures: z
    .array(
      z.object({
        name: z.enum(['begin', 'end']),
        png: z.string().check(z.maxLength(170_000), z.regex(/^[A-Za-z0-9+/]+={0,2}$/)),
      }),
    )
    .check(z.maxLength(2)),
  /** What it wrote last, oldest first. */
  log: z.array(z.string().check(z.maxLength(400))).check(z.maxLength(100)),
})
export type CheckMeasures = z.infer<typeof checkMeasures>

/** What a node found of a title that was started once more, by the same player, after it had saved something. */
export const checkReturn = z.object({
  firstPictureMs: z.nullable(ms),
  /** What was in its home before it began. */
  saves: savedFiles,
  exit: checkExit,
  log: z.array(z.string().check(z.maxLength(400))).check(z.maxLength(100)),
})
export type CheckReturn = z.infer<typeof checkReturn>

/** Of the clip of a check, MP4. */
export const maxClipBytes = 3 * 1024 ** 2
/** Whole groups of four, so that parts can be put behind each other. */
const partChars = 192 * 1024

/** A part of it, in base64. */
export const checkClip = z.object({
  /** The first part begins the clip anew. */
  part: z.int().check(z.gte(0), z.lt(Math.ceil(((maxClipBytes / 3) * 4) / partChars) + 1)),
  data: z.string().check(z.maxLength(partChars), z.regex(/^[A-Za-z0-9+/]+={0,2}$/)),
})
export type CheckClip = z.infer<typeof checkClip>

export function clipParts(base64: string): readonly CheckClip[] {
  const parts: CheckClip[] = []
  for (let at = 0; at < base64.length; at += partChars)
    parts.push({ part: parts.length, data: base64.slice(at, at + partChars) })
  return parts
}

/** A check has a session to play in and, where that has saved something, one more. */
export type CheckFound =
  | { readonly part: 'play'; readonly measures: CheckMeasures }
  | { readonly part: 'return'; readonly found: CheckReturn }
export type CheckPart = CheckFound['part']
export type CheckNews = CheckFound | { readonly part: 'clip'; readonly clip: CheckClip }
