import type { CheckMeasures, CheckReturn, SavedFile } from '../../config/protocol/check.ts'
import type { CheckItem } from '../../config/protocol/publishing.ts'
import { item, listed, note } from './checkItems.ts'

/** What became of the title's second start, with what it had saved in the first. */
export type StartedAgain =
  /** There was nothing to start it with. */
  | { readonly kind: 'not-tried' }
  | { readonly kind: 'started'; readonly found: CheckReturn }
  | { readonly kind: 'failed'; readonly measured: string }

/** @param globs of the manifest; absent: it says nothing of its saves */
export function saves(
  measures: Pick<CheckMeasures, 'saves'>,
  again: StartedAgain,
  globs: readonly string[] | undefined,
): CheckItem {
  if (globs === undefined || measures.saves === null)
    return item('saves', true, 'the manifest names none: all of the home comes back, without caches', '')
  const { files, others } = measures.saves
  if (files.length === 0) {
    const beside = others.length === 0 ? '' : `; what it did write there is ${listed(others)}`
    return note(
      'saves',
      `nothing was saved in the check${beside}`,
      'If the game saves later on, play it over its test link, end the session and begin another: it must go on where it was. If it has saved, "saves" in the manifest names other files than these.',
    )
  }
  if (again.kind === 'not-tried') return note('saves', 'it was not started again', 'Run the check again.')
  if (again.kind === 'failed')
    return item(
      'saves',
      false,
      `it did not start again with what it had saved: ${again.measured}`,
      startWords,
    )
  const { found } = again
  const missing = files.filter((file) => !found.saves.some((one) => isSame(one, file)))
  if (missing.length > 0)
    return item(
      'saves',
      false,
      `of ${files.length} files, these did not come back as they were: ${listed(missing.map(({ path }) => path))}`,
      'Run the check again. If it stays so, "saves" may name more than travels (256 MiB or 4,000 files), or files that the game still writes when it has been asked to end: end with SIGTERM only once they are whole.',
    )
  const runs = found.firstPictureMs !== null && (found.exit.kind === 'stayed' || found.exit.asked)
  return item(
    'saves',
    runs,
    runs
      ? `${files.length === 1 ? 'one file' : `${files.length} files`} came back, and it started with them`
      : `${files.length} files came back, and it ${found.firstPictureMs === null ? 'stayed dark' : 'ended by itself'} with them`,
    startWords,
  )
}

const startWords =
  'The game has to start with its own saves in its home. Start it twice with the same $HOME on your machine, and look at the log for what it said the second time.'

const isSame = (a: SavedFile, b: SavedFile): boolean =>
  a.path === b.path && a.size === b.size && a.sha256 === b.sha256
