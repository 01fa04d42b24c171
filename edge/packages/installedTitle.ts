import type { SeatShare } from './seatShare.ts'

/** Where a publisher's title is, for the session that plays it. */
export interface InstalledTitle {
  readonly treeId: string
  readonly folder: string
  /** The most that it gets. */
  readonly seat: SeatShare
}
