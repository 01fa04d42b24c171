import type { SaveFile } from '../../config/protocol/saves.ts'

/** Where guests' saves stand, and their newest snapshots. The bytes are elsewhere, by their hashes. */
export interface SaveStore {
  /** The guest's homes for the title, lowest slot first. */
  homes(guestId: string, titleId: string): Promise<readonly SaveHome[]>
  /** The home that this session was the last to have. */
  ofSession(sessionId: string): Promise<SaveHome | null>
  /**
   * Gives a home to a session's lease, as the next term.
   * @param seen the term before, 0 for none
   * @returns null when somebody else was first
   */
  take(key: HomeKey, seen: number, holder: HomeHolder): Promise<SaveHome | null>
  latest(key: HomeKey): Promise<StoredSnapshot | null>
  /**
   * Keeps a snapshot of the home's present term as the newest, and forgets all but the `keepLast` newest. Repeating the last one changes nothing.
   * @returns its version; null when the home has moved on to another term or a later snapshot
   */
  keep(snapshot: NewSnapshot, keepLast: number): Promise<number | null>
  /**
   * Notes that the home's present content is not in its snapshot, until the next one; when a later step came first, nothing changes.
   * False: another term.
   */
  leave(key: HomeKey, term: number, seq: number): Promise<boolean>
  /** Nothing more comes from this term. False: another term. */
  close(key: HomeKey, term: number): Promise<boolean>
  /** All chunks of the kept snapshots of a home. */
  chunksOf(key: HomeKey): Promise<ReadonlySet<string>>
  /** Those of them that some kept snapshot has. */
  needed(chunks: readonly string[]): Promise<ReadonlySet<string>>
}

export interface HomeKey {
  readonly guestId: string
  readonly titleId: string
  /** From 1. */
  readonly slot: number
}

export interface HomeHolder {
  readonly sessionId: string
  readonly nodeId: string
  readonly leaseId: string
}

export interface SaveHome extends HomeKey, HomeHolder {
  /** Rises with every holder. */
  readonly term: number
  readonly closed: boolean
  /** Of the newest snapshot, over all terms; 0: none yet. */
  readonly version: number
  /** There is more at the holder than the newest snapshot has, and it cannot travel. */
  readonly leftBehind: boolean
}

export interface NewSnapshot extends HomeKey {
  readonly term: number
  readonly seq: number
  readonly sessionId: string
  readonly nodeId: string
  readonly takenAtMs: number
  readonly files: readonly SaveFile[]
}

export interface StoredSnapshot {
  readonly version: number
  readonly nodeId: string
  readonly takenAtMs: number
  readonly files: readonly SaveFile[]
}
