import type { Point } from '../distance.ts'
import type { MeshTable } from './meshTable.ts'

/** What the nodes have measured between their sites; the same both ways. */
export interface Mesh {
  /** Smoothed minimum round trip; null when nobody has measured it lately. */
  rttMs(a: string, b: string): number | null
  /** All that is known of one site: its nearest others, and those that were measured last. */
  each(siteId: string, take: (other: string, rttMs: number) => void): void
  record(from: string, to: string, rttMs: number, atMs: number): void
}

/** A round trip that a player's browser has measured. */
export interface SiteRtt {
  readonly siteId: string
  /** Minimum over the samples. */
  readonly rttMs: number
  readonly jitterMs: number
}

/** What is known of the round trip between one player and one site. */
export interface RttEstimate {
  /** Null when nothing at all speaks for a figure. */
  readonly rttMs: number | null
  readonly source: 'probe' | 'history' | 'mesh' | 'prior' | 'unknown'
  /** One standard deviation. */
  readonly uncertaintyMs: number
}

/** What earlier players of the same network have measured, by site, as it counts now. */
export type ClientHistory = ReadonlyMap<string, SiteHistory>
export interface SiteHistory {
  readonly rttMs: number
  /** One standard deviation, the age of the data included. */
  readonly uncertaintyMs: number
}

/** Where a player probably is. */
export type Whereabouts = Point & { readonly accuracyKm: number }

export interface RoundInput {
  /** The sites to choose from and the mesh between them. */
  readonly table: MeshTable
  /** Null when nobody knows. */
  readonly place: Whereabouts | null
  readonly history: ClientHistory
  /** Sites that no browser can probe now: they are reckoned with, and not named. */
  readonly closed: ReadonlySet<string>
  /** How many sites one player may probe, all rounds together. */
  readonly budget: number
}

export interface NextRoundInput extends RoundInput {
  readonly probed: readonly SiteRtt[]
  /** Sites that were probed in vain. They count against the budget and are not named again. */
  readonly unanswered: readonly string[]
}
