import type { SaveFile } from '../../config/protocol/saves.ts'
import type { FoundFile } from './listHome.ts'

/** Setting a file's time and reading it again may differ by the rounding of seconds to a float. */
const sameTimeMs = 2

/** Whether a file looks as it did, which is as good as the same as long as nobody lies about times. */
export const looksLike = (found: FoundFile, known: Pick<SaveFile, 'size' | 'mtimeMs'>): boolean =>
  found.size === known.size && Math.abs(found.mtimeMs - known.mtimeMs) <= sameTimeMs

/** Whether what is in a home looks like these files and no others. */
export function homeLooksLike(found: readonly FoundFile[], files: readonly SaveFile[]): boolean {
  const byPath = new Map(files.map((file) => [file.path, file]))
  return (
    found.length === files.length &&
    found.every((one) => {
      const known = byPath.get(one.path)
      return known !== undefined && looksLike(one, known)
    })
  )
}

/** Whether two snapshots hold the same files; times alone make no difference. */
export function sameFiles(one: readonly SaveFile[], other: readonly SaveFile[]): boolean {
  const byPath = new Map(other.map((file) => [file.path, file]))
  return (
    one.length === other.length &&
    one.every(({ path, mode, size, chunks }) => {
      const same = byPath.get(path)
      return (
        same !== undefined &&
        same.mode === mode &&
        same.size === size &&
        same.chunks.every((chunk, at) => chunk === chunks[at])
      )
    })
  )
}

/** What a node remembers of a home. */
export interface KnownHome {
  /** Of the snapshot that the home was last the same as, here and at the router; 0: none. */
  readonly version: number
  readonly files: readonly SaveFile[]
  /** A snapshot that was sent last, whose answer may not have come. */
  readonly sent: readonly SaveFile[] | null
  /** When `files` were read from the home, ms since 1970. */
  readonly readAtMs: number
}

export type HomePlan =
  /** It goes on from what is here. */
  | 'keep'
  /** The router's snapshot takes the place of what is here. */
  | 'fetch'
  /** The same, and what is here was never sent: it is put aside. */
  | 'putAsideAndFetch'

/**
 * Whether a home that is about to be used is the newest, or the router's snapshot is.
 * @param known null: nothing is remembered
 * @param found what lies there; null: no home
 */
export function planHome(
  known: KnownHome | null,
  found: readonly FoundFile[] | null,
  router: { readonly version: number; readonly files: readonly SaveFile[] },
): HomePlan {
  if (router.version === 0) return 'keep'
  if (found === null) return 'fetch'
  if (known !== null) {
    const isHere = known.version === router.version && sameFiles(known.files, router.files)
    // The answer to the last one was lost, or the node with it.
    const hasArrived = known.sent !== null && sameFiles(known.sent, router.files)
    if (isHere || hasArrived) return 'keep'
    if (homeLooksLike(found, known.files)) return 'fetch'
  }
  return found.length === 0 || homeLooksLike(found, router.files) ? 'fetch' : 'putAsideAndFetch'
}
