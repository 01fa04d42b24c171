import type { CreateSession } from '../../config/protocol/api.ts'
import type { PlacementReport, TrustClass } from '../../config/protocol/placement.ts'
import type { SessionEvent, SessionState } from '../../config/protocol/session.ts'
import type { TitleManifest } from '../../config/protocol/title.ts'
import type { Party } from '../parties/party.ts'
import type { DemandStore } from './demandStore.ts'
import type { EmbedStore } from './embedStore.ts'
import type { LeavingStore } from './leavingStore.ts'
import type { MediaStore } from './mediaStore.ts'
import type { EventStore } from './eventStore.ts'
import type { PackageStore } from './packageStore.ts'
import type { AccountStore } from './accountStore.ts'
import type { PublishingStore, SessionBuild } from './publishingStore.ts'
import type { SaveStore } from './savesStore.ts'
import type { Decaying } from '../placement/routing/decaying.ts'

/** What outlives the router. Times are ms since 1970. Whoever opens a store closes it. */
export interface Store {
  readonly guests: GuestStore
  readonly titles: TitleStore
  readonly nodes: NodeStore
  readonly sessions: SessionStore
  readonly history: HistoryStore
  readonly demand: DemandStore
  readonly waits: WaitStore
  readonly saves: SaveStore
  readonly parties: PartyStore
  readonly players: PlayerStore
  readonly packages: PackageStore
  readonly publishing: PublishingStore
  readonly embed: EmbedStore
  readonly media: MediaStore
  readonly events: EventStore
  readonly accounts: AccountStore
  readonly leaving: LeavingStore
  close(): Promise<void>
}

/** Where those in line come from: the network alone, such as `203.0.113.0/24`, and only while they wait. */
export interface WaitStore {
  put(sessionId: string, network: string): Promise<void>
  drop(sessionId: string): Promise<void>
  /** By session. */
  all(): Promise<ReadonlyMap<string, string>>
}

export interface GuestStore {
  /** Adds the guest, or notes another visit. */
  seen(guestId: string, atMs: number): Promise<void>
  find(guestId: string): Promise<StoredGuest | null>
}
export interface StoredGuest {
  readonly id: string
  readonly createdAtMs: number
  readonly seenAtMs: number
}

export interface TitleStore {
  put(manifest: TitleManifest, atMs: number): Promise<void>
  find(titleId: string): Promise<TitleManifest | null>
}

export interface NodeStore {
  find(nodeId: string): Promise<StoredNode | null>
  /** Whether any node was ever enrolled. */
  any(): Promise<boolean>
  /** Offers a one-time token, known by its hash. One that was offered before keeps its state; an older unused one of the host is withdrawn. */
  offerToken(token: {
    hash: string
    host: string
    atMs: number
    /** What its node will be trusted with; null: nothing that asks for trust. */
    trust: TrustClass | null
    /** Absent: it is good until it is used or withdrawn. */
    expiresAtMs?: number
  }): Promise<void>
  /** Uses up the token and adds the node, both or neither. False: no such unused token, or it has run out. */
  enrol(node: { id: string; publicKey: string; tokenHash: string; atMs: number }): Promise<boolean>
  /** Oldest first. */
  ofHost(host: string): Promise<readonly StoredNode[]>
}
export interface StoredNode {
  readonly id: string
  /** Raw Ed25519 key, base64url. */
  readonly publicKey: string
  /** Who owns it. */
  readonly host: string
  readonly enrolledAtMs: number
  readonly trust: TrustClass | null
}

/** Round trips that each network's players have measured, by network and site. */
export interface HistoryStore {
  of(prefix: string): Promise<readonly StoredHistory[]>
  /** Adds rows or replaces them. */
  put(rows: readonly StoredHistory[]): Promise<void>
  /** Drops rows whose last measurement is older. */
  forget(beforeMs: number): Promise<void>
}
export interface StoredHistory {
  /** An address range such as `203.0.113.0/24`. */
  readonly prefix: string
  readonly siteId: string
  readonly quantiles: Decaying
}

export interface PartyStore {
  /** Adds the party or replaces it. */
  put(party: Party): Promise<void>
  all(): Promise<readonly Party[]>
  remove(code: string): Promise<void>
}

/** Players of sessions that are somebody else's: numbers from 2, by guest. */
export interface PlayerStore {
  /** Adds them; who is in already stays who they are. */
  put(sessionId: string, players: ReadonlyMap<string, number>): Promise<void>
  of(sessionId: string): Promise<ReadonlyMap<string, number>>
  /** Of sessions that have not ended, by session. */
  open(): Promise<ReadonlyMap<string, ReadonlyMap<string, number>>>
}

export interface SessionStore {
  /**
   * Notes the guest's visit and adds the session, unless they have used its idempotency key before (then that one is returned) or have
   * `maxOpen` sessions that have not ended. Simultaneous calls for one guest are decided one after the other.
   */
  create(session: NewSession, maxOpen: number): Promise<Creation>
  find(sessionId: string): Promise<StoredSession | null>
  /** Sessions that have not ended, oldest first; of one guest, or of all. */
  open(guestId?: string): Promise<readonly StoredSession[]>
  /**
   * Appends events, one or more, and moves the session to the state they led to, all or nothing.
   * False when the stored revision is not the one before the first: somebody else was first, and nothing changed.
   */
  advance(step: SessionStep): Promise<boolean>
  /** Notes how far a node's own numbering was heard, where that changed nothing else. Never goes back. */
  hear(sessionId: string, nodeSeq: number): Promise<void>
  putPlacement(sessionId: string, report: PlacementReport): Promise<void>
  events(sessionId: string): Promise<readonly StoredEvent[]>
  /** How long sessions had their seats that have ended, latest first. */
  lengths(most: number): Promise<readonly SessionLength[]>
  /** Events of open sessions by which seats were taken and lost, in order. */
  seatings(): Promise<readonly Seating[]>
}

export interface Seating {
  readonly sessionId: string
  readonly event: SessionEvent
  readonly atMs: number
}

export interface SessionLength {
  readonly titleId: string
  readonly lengthMs: number
}

export interface NewSession {
  readonly id: string
  readonly guestId: string
  readonly titleId: string
  /** Of a publisher's title, for as long as the session lives; built-in titles have none. */
  readonly build?: SessionBuild
  readonly request: CreateSession
  readonly createdAtMs: number
}

export interface StoredSession extends NewSession {
  readonly state: SessionState
  readonly revision: number
  /** Number of the node's last event that was heard. */
  readonly nodeSeq: number
  readonly placement: PlacementReport | null
}

export type Creation =
  | { readonly kind: 'created' | 'repeated'; readonly session: StoredSession }
  | { readonly kind: 'too-many' }

export interface SessionStep {
  readonly sessionId: string
  /** Revision after the step. It also numbers the last event. */
  readonly revision: number
  readonly state: SessionState
  readonly nodeSeq: number
  readonly events: readonly SessionEvent[]
  readonly source: 'router' | 'node'
  readonly atMs: number
  /** The decision that led to it, kept instead of the one before. */
  readonly placement?: PlacementReport
}

export interface StoredEvent {
  readonly seq: number
  readonly source: 'router' | 'node'
  readonly event: SessionEvent
  readonly atMs: number
}
