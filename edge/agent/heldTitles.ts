import type { TitleManifest } from '../../config/protocol/title.ts'
import type { InstalledTitle } from '../packages/installedTitle.ts'
import type { SeatTable } from './seats.ts'

/** A title that this node can start. */
export interface StartableTitle {
  readonly display: TitleManifest['display']
  /** A publisher's; null: it is the node's own. */
  readonly installed: InstalledTitle | null
}

/** Which title each seat was reserved for, until nothing is left of its session. */
export interface HeldTitles {
  hold(leaseId: string, title: StartableTitle): void
  of(leaseId: string): StartableTitle | null
  /** Forgets those of leases that are on no seat any more. */
  keepOnly(seats: SeatTable): void
  /** Tree ids of the packages among them. */
  readonly packages: ReadonlySet<string>
}

export function holdTitles(): HeldTitles {
  const held = new Map<string, StartableTitle>()
  return {
    hold: (leaseId, title) => void held.set(leaseId, title),
    of: (leaseId) => held.get(leaseId) ?? null,
    keepOnly(seats) {
      const leases = new Set(
        seats.flatMap(({ state }) => (state.kind === 'free' ? [] : [state.lease.leaseId])),
      )
      for (const leaseId of held.keys()) if (!leases.has(leaseId)) held.delete(leaseId)
    },
    get packages() {
      return new Set(
        [...held.values()].flatMap(({ installed }) => (installed === null ? [] : [installed.treeId])),
      )
    },
  }
}
