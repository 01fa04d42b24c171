import { NearcadeError } from '../../config/errors.ts'
import {
  chunkBytes,
  filesFault,
  type OpenedSaves,
  type OpenSaves,
  type SaveSnapshot,
  type SnapshotAnswer,
} from '../../config/protocol/saves.ts'
import type { SessionState } from '../../config/protocol/session.ts'
import type { Blob, BlobStore } from '../blobs/blobStore.ts'
import type { Clock } from '../clock.ts'
import type { Log } from '../log.ts'
import type { SaveHome, SaveStore } from '../store/savesStore.ts'
import type { StoredSession } from '../store/store.ts'
import { chooseHome, type HolderState } from './chooseHome.ts'
import { createArrivals } from './arrivals.ts'

/**
 * Players' saves as nodes bring and fetch them. A node is believed about the saves of a session only while it holds the session's lease,
 * or was the last to hold it and nobody has opened them since.
 * Every failure is a NearcadeError: saves-busy (ask again), saves-moved (somebody else has them), saves-refused (a list that is wrong).
 */
export interface Saves {
  /** @throws NearcadeError saves-moved: the session and its saves are not with this node, so nothing it says of them need be read */
  admit(nodeId: string, sessionId: string): Promise<void>
  open(nodeId: string, sessionId: string, ask: OpenSaves): Promise<OpenedSaves>
  read(nodeId: string, sessionId: string, term: number, sha256: string): Promise<Blob>
  /**
   * @param maxBytes of these, at most `chunkBytes`
   * @throws NearcadeError saves-refused: the session has brought as much as it may for now; saves-full: there is no room on the disk
   */
  write(
    nodeId: string,
    sessionId: string,
    term: number,
    sha256: string,
    bytes: AsyncIterable<Uint8Array>,
    maxBytes: number,
  ): Promise<void>
  keep(nodeId: string, sessionId: string, snapshot: SaveSnapshot): Promise<SnapshotAnswer>
  leave(nodeId: string, sessionId: string, term: number, seq: number): Promise<void>
  close(nodeId: string, sessionId: string, term: number): Promise<void>
  /** Whether another node could go on with what this session has saved. */
  areKept(sessionId: string): Promise<boolean>
  /** Removes what no kept snapshot needs any more; gives how many went. */
  sweep(): Promise<number>
}

export interface SavesContext {
  readonly store: SaveStore
  readonly blobs: BlobStore
  /** A session that has not ended. */
  readonly liveSession: (sessionId: string) => StoredSession | null
  readonly findSession: (sessionId: string) => Promise<StoredSession | null>
  /** Connected, or away for no longer than a node may be. */
  readonly isThere: (nodeId: string) => boolean
  readonly clock: Clock
  readonly log: Log
  /** What one home may bring. */
  readonly maxBytes: number
}

/** Newest snapshots of a home that are kept. */
const keepLast = 3
/** Without a byte of a session's last saves for so long, others go on without them. */
const settleMs = 10_000
/** And however many come: 256 MiB take that long at 18 Mbit/s. */
const mostSettleMs = 120_000
/** What came and is in no snapshot yet is asked for again after this, and swept away after twice as long. */
const arrivalMs = 30 * 60_000
/** Times what a home may hold that a session may bring in `arrivalMs`: a game that rewrites 8 MiB every 15 s brings 960 MiB. */
const maxRewrites = 4
/** Of the disk, which holds the database too: that must be able to go on whatever players save. */
const leastFreeBytes = 512 * 1024 ** 2
const sweepAtOnce = 200

export function createSaves(context: SavesContext): Saves {
  const { store, blobs, clock, log, maxBytes, liveSession } = context
  const arrivals = createArrivals(arrivalMs, maxRewrites * (maxBytes + chunkBytes))
  /** What was handed out to sessions that fetch it now, so that not each chunk has to be looked up. */
  const handedOut = new Map<string, { readonly term: number; readonly chunks: ReadonlySet<string> }>()

  async function stateOf(home: SaveHome): Promise<HolderState> {
    if (home.closed) return 'over'
    if (liveSession(home.sessionId) !== null) return 'live'
    const state = (await context.findSession(home.sessionId))?.state
    if (state?.kind !== 'ended' || !context.isThere(home.nodeId)) return 'over'
    const sinceMs = clock.now() - state.endedAtMs
    if (sinceMs < 0 || sinceMs >= mostSettleMs) return 'over'
    const isComing = arrivals.isBringing(home.sessionId, settleMs, clock.monotonic())
    return sinceMs < settleMs || isComing ? 'settling' : 'over'
  }

  /** @throws NearcadeError saves-moved unless the node has this term of the session's saves */
  async function held(nodeId: string, sessionId: string, term: number): Promise<SaveHome> {
    const home = await store.ofSession(sessionId)
    const live = liveSession(sessionId)
    const isHolder = home !== null && home.nodeId === nodeId && home.term === term && !home.closed
    if (!isHolder || (live !== null && !hasLease(live.state, home))) throw new NearcadeError('saves-moved')
    return home
  }

  return {
    async admit(nodeId, sessionId) {
      const state = liveSession(sessionId)?.state
      if (state !== undefined && 'fence' in state && state.nodeId === nodeId) return
      if ((await store.ofSession(sessionId))?.nodeId !== nodeId) throw new NearcadeError('saves-moved')
    },
    async open(nodeId, sessionId, { leaseId, fence }) {
      const live = liveSession(sessionId)
      if (live === null || !hasLease(live.state, { nodeId, leaseId }, fence))
        throw new NearcadeError('saves-moved')
      const { guestId, titleId } = live
      const holder = { sessionId, nodeId, leaseId }
      const homes = await store.homes(guestId, titleId)
      const states = new Map<SaveHome, HolderState>()
      for (const home of homes) states.set(home, await stateOf(home))
      const choice = chooseHome(homes, holder, (home) => states.get(home) ?? 'over')
      if (choice.kind === 'wait') throw new NearcadeError('saves-busy')
      const home =
        choice.kind === 'has'
          ? choice.home
          : await store.take({ guestId, titleId, slot: choice.slot }, choice.seen, holder)
      if (home === null) throw new NearcadeError('saves-busy')
      const newest = await store.latest(home)
      const chunks = new Set(newest?.files.flatMap((file) => file.chunks))
      handedOut.set(sessionId, { term: home.term, chunks })
      log.info(
        { session: sessionId, node: nodeId, slot: home.slot, term: home.term, version: home.version },
        'saves opened',
      )
      return {
        slot: home.slot,
        term: home.term,
        version: newest?.version ?? 0,
        files: [...(newest?.files ?? [])],
        maxBytes,
      }
    },
    async read(nodeId, sessionId, term, sha256) {
      const home = await held(nodeId, sessionId, term)
      const out = handedOut.get(sessionId)
      const chunks = out?.term === term ? out.chunks : await store.chunksOf(home)
      const isTheirs = chunks.has(sha256)
      const blob = isTheirs ? await blobs.get(sha256) : null
      if (blob === null) throw new NearcadeError('not-found', ['no such chunk in these saves'])
      return blob
    },
    async write(nodeId, sessionId, term, sha256, bytes, atMost) {
      await held(nodeId, sessionId, term)
      const coming = arrivals.expect(sessionId, sha256, atMost, clock.monotonic())
      if (coming === null)
        throw new NearcadeError('saves-refused', ['the session has brought too much in a short time'])
      let size = 0
      async function* counted(): AsyncIterable<Uint8Array> {
        for await (const part of bytes) {
          size += part.length
          yield part
        }
      }
      try {
        if ((await blobs.room()).freeBytes - arrivals.comingBytes() < leastFreeBytes)
          throw new NearcadeError('saves-full')
        await blobs.put(sha256, counted(), atMost).catch(asSaves)
        coming.arrived(size, clock.monotonic())
      } finally {
        coming.end(clock.monotonic())
      }
    },
    async keep(nodeId, sessionId, { term, seq, takenAtMs, files }) {
      const home = await held(nodeId, sessionId, term)
      const fault = filesFault(files, maxBytes)
      if (fault !== null) throw new NearcadeError('saves-refused', [fault])
      // To name a hash is not to have the bytes: a chunk counts only if this home had it, or it was brought for this session.
      const had = await store.chunksOf(home)
      const missing = new Set<string>()
      for (const chunk of files.flatMap(({ chunks }) => chunks))
        if (!had.has(chunk) && !arrivals.has(sessionId, chunk, clock.monotonic())) missing.add(chunk)
      if (missing.size > 0) return { kind: 'missing', chunks: [...missing] }
      const { guestId, titleId, slot } = home
      const version = await store.keep(
        { guestId, titleId, slot, term, seq, sessionId, nodeId, takenAtMs, files },
        keepLast,
      )
      if (version === null) throw new NearcadeError('saves-moved')
      handedOut.delete(sessionId)
      return { kind: 'kept', version }
    },
    async leave(nodeId, sessionId, term, seq) {
      const home = await held(nodeId, sessionId, term)
      if (!(await store.leave(home, term, seq))) throw new NearcadeError('saves-moved')
      log.warn(
        { session: sessionId, node: nodeId },
        'these saves are too much to travel: they stay on their node',
      )
    },
    async close(nodeId, sessionId, term) {
      const home = await store.ofSession(sessionId)
      if (home?.closed === true && home.nodeId === nodeId && home.term === term) return
      await held(nodeId, sessionId, term)
      if (home === null || !(await store.close(home, term))) throw new NearcadeError('saves-moved')
      handedOut.delete(sessionId)
    },
    async areKept(sessionId) {
      const home = await store.ofSession(sessionId)
      return home !== null && home.version > 0 && !home.leftBehind
    },
    async sweep() {
      for (const sessionId of handedOut.keys())
        if (liveSession(sessionId) === null) handedOut.delete(sessionId)
      arrivals.expire(clock.monotonic())
      let gone = 0
      let some: string[] = []
      const drop = async (): Promise<void> => {
        const needed = await store.needed(some)
        for (const sha256 of some) {
          // It may have come again since it was found to be old, and be in a snapshot since those were looked at.
          if (needed.has(sha256) || arrivals.isWanted(sha256, clock.monotonic())) continue
          await blobs.delete(sha256)
          gone += 1
        }
        some = []
      }
      for await (const sha256 of blobs.putBefore(clock.now() - 2 * arrivalMs)) {
        some.push(sha256)
        if (some.length === sweepAtOnce) await drop()
      }
      await drop()
      if (gone > 0) log.info({ chunks: gone }, 'old saves removed')
      return gone
    },
  }
}

function asSaves(cause: unknown): never {
  if (!(cause instanceof NearcadeError)) throw cause
  if (cause.code === 'store-full') throw new NearcadeError('saves-full', [], cause)
  if (cause.code === 'wrong-content') throw new NearcadeError('saves-refused', cause.details, cause)
  throw cause
}

/** @param fence where it is known too */
function hasLease(
  state: SessionState,
  { nodeId, leaseId }: Pick<SaveHome, 'nodeId' | 'leaseId'>,
  fence?: number,
): boolean {
  if (!('fence' in state) || state.kind === 'held') return false
  return (
    state.nodeId === nodeId && state.leaseId === leaseId && (fence === undefined || state.fence === fence)
  )
}
