import type { TitleManifest } from '../../config/protocol/title.ts'

/** What one of a node's seats may take without taking it from the others. */
export interface SeatShare {
  readonly memoryBytes: number
  readonly cpuCores: number
}

/** Left to the system, the agent and what streams. */
const ownShare = 0.1

/** A seat is counted for each core where nobody says otherwise (edge/agent/seats.ts); whoever asks for more of them counts on games that take less. */
export const seatShare = (node: { memoryBytes: number; cores: number; seats: number }): SeatShare => ({
  memoryBytes: Math.floor((node.memoryBytes * (1 - ownShare)) / node.seats),
  cpuCores: Math.max(1, node.cores / node.seats),
})

/** Why a publisher's title is too large for a seat here; null: it is not. What it keeps in /tmp is memory too. */
export function seatFault({ limits }: Pick<TitleManifest, 'limits'>, seat: SeatShare): string | null {
  const asked = Math.max(limits.memoryBytes, limits.tmpBytes)
  return asked > seat.memoryBytes
    ? `limits: ${mebibytes(asked)} MiB of memory are asked for, a seat here has ${mebibytes(seat.memoryBytes)} MiB`
    : null
}

const mebibytes = (bytes: number): number => Math.floor(bytes / 1024 ** 2)

/** A publisher's title with no more than a seat has, whatever its manifest asks for: a game that wants more cores is held, not the others. */
export function withinSeat<T extends { readonly manifest: TitleManifest }>(title: T, seat: SeatShare): T {
  const { limits } = title.manifest
  return {
    ...title,
    manifest: {
      ...title.manifest,
      limits: {
        ...limits,
        memoryBytes: Math.min(limits.memoryBytes, seat.memoryBytes),
        tmpBytes: Math.min(limits.tmpBytes, seat.memoryBytes),
        cpuCores: Math.min(limits.cpuCores, seat.cpuCores),
      },
    },
  }
}
