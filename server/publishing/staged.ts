import type { OfferedTitle } from '../catalogue/offers.ts'
import type { TitleChannels } from './channels.ts'

/** Nobody plays what is staged but its own testers, so each organisation has some room on other people's disks for it and no more. */
const mostStaged = 8
const mostStagedBytes = 64 * 1024 ** 3

/** The version that nodes have for its testers alone; null: there is none. */
export const onlyStaged = ({ withdrawn, staging, live, canary }: TitleChannels): string | null =>
  withdrawn || staging === null || staging.version === live || staging.version === canary?.version
    ? null
    : staging.version

/** What nodes have for its testers alone. */
export function stagedBytes({ channels, versions }: OfferedTitle): readonly number[] {
  const known = versions.get(onlyStaged(channels) ?? '')
  return known === undefined ? [] : [known.sizeBytes]
}

/** @param sizes of all that an organisation would have staged, bytes. @returns why that is too much; null: it is not */
export function stagingFault(sizes: readonly number[]): string | null {
  if (sizes.length > mostStaged) return `${sizes.length} titles are more than ${mostStaged}`
  const bytes = sizes.reduce((sum, size) => sum + size, 0)
  return bytes > mostStagedBytes ? `${bytes} bytes are more than ${mostStagedBytes}` : null
}
