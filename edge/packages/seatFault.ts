import type { TitleManifest } from '../../config/protocol/title.ts'

/** Left to the system, the agent and what streams. */
const ownShare = 0.1

/** What one of a node's seats may take of its memory without taking it from the others, bytes. */
export const seatMemoryBytes = (memoryBytes: number, seats: number): number =>
  Math.floor((memoryBytes * (1 - ownShare)) / seats)

/** Why a publisher's title is too large for a seat here; null: it is not. What it keeps in /tmp is memory too. */
export function seatFault({ limits }: Pick<TitleManifest, 'limits'>, seatBytes: number): string | null {
  const asked = Math.max(limits.memoryBytes, limits.tmpBytes)
  return asked > seatBytes
    ? `limits: ${mebibytes(asked)} MiB of memory are asked for, a seat here has ${mebibytes(seatBytes)} MiB`
    : null
}

const mebibytes = (bytes: number): number => Math.floor(bytes / 1024 ** 2)
