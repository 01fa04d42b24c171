import * as z from 'zod/mini'

/** How files and their bytes are named wherever they travel in pieces: players' saves and titles' packages. */

const maxPathBytes = 1024
const maxNameBytes = 255
const encoder = new TextEncoder()
const bytesOf = (text: string): number => encoder.encode(text).length
/** UTF-8 takes three bytes at most for each UTF-16 code unit: nothing of a shorter path need be counted. */
const surelyShort = Math.floor(maxNameBytes / 3)

/** Whether every Linux file system takes it as a relative path. */
export const isShortPath = (path: string): boolean =>
  path.length <= surelyShort ||
  (bytesOf(path) <= maxPathBytes && path.split('/').every((part) => bytesOf(part) <= maxNameBytes))

/** A step that is empty, `.` or `..`. */
const odd = /(?:^|\/)\.{0,2}(?:\/|$)/

/** Relative, in plain steps downwards, and of a length that every Linux file system takes. */
export function isPlainPath(path: string): boolean {
  if (path.includes('\0') || /\p{Surrogate}/u.test(path)) return false
  return isShortPath(path) && !odd.test(path)
}

export const plainPath = z
  .string()
  .check(z.maxLength(maxPathBytes), z.refine(isPlainPath, 'must be a plain relative path'))

const sha256Form = /^[0-9a-f]{64}$/
const isSha256 = (text: string): boolean => sha256Form.test(text)
export const sha256 = z.string().check(z.refine(isSha256, 'must be 64 hex digits'))

/** One look at the whole, so that any number of wrong entries is one fault. */
export const hashList = (most: number) =>
  z.custom<string[]>(
    (list) =>
      Array.isArray(list) &&
      list.length <= most &&
      list.every((entry) => typeof entry === 'string' && isSha256(entry)),
    `must be at most ${most} hashes of 64 hex digits`,
  )

/** The first path that another one would take for a folder; null: none. */
export function fileAndFolder(paths: ReadonlySet<string>): string | null {
  for (const path of paths)
    for (let at = path.indexOf('/'); at >= 0; at = path.indexOf('/', at + 1))
      if (paths.has(path.slice(0, at))) return path.slice(0, at)
  return null
}
