import { randomUUID } from 'node:crypto'
import type { CheckMeasures } from '../../config/protocol/check.ts'
import type { CheckReport, VersionCheck } from '../../config/protocol/publishing.ts'
import { type EndReason, endTexts } from '../../config/protocol/session.ts'
import type { TitleManifest } from '../../config/protocol/title.ts'
import type { Clock } from '../clock.ts'
import type { Log } from '../log.ts'
import { titleKey } from '../placement/decideLimits.ts'
import type { NodeSnapshot } from '../placement/snapshot.ts'
import type { Sessions } from '../sessions/sessions.ts'
import type { PublishingStore, StoredVersion } from '../store/publishingStore.ts'
import type { StoredSession } from '../store/store.ts'
import { seatsForChecks } from './checkSeats.ts'
import { createClipParts } from './clipOf.ts'
import { hasPassed, judge } from './judge.ts'
import type { StartedAgain } from './judgeSaves.ts'

/**
 * Checks of versions: a real session on a real seat, without a player. The node's session process plays by script and measures where the
 * stream would read: the display's memory and the sound server's monitor. A browser of the router's own would measure the way to itself
 * too, needs a browser where the router is, and sees no windows and no exit code. What a node says is a claim; what it means is decided here.
 */
export interface Checks {
  /** Begins one, as soon as a node has the version and a seat. Repeating it changes nothing. */
  begin(titleId: string, version: string): Promise<void>
  /** Goes on with those that were not done when the router stopped. */
  catchUp(): Promise<void>
  close(): Promise<void>
}

interface Pending {
  readonly titleId: string
  readonly version: string
  readonly orgId: string
  readonly ownNodes: ReadonlySet<string>
  readonly manifest: TitleManifest
  readonly sinceMs: number
  /** Null: it waits for a seat. */
  running: { readonly sessionId: string; readonly node: NodeSnapshot } | null
  /** Of all of its sessions. */
  readonly guestId: string
  readonly clip: ReturnType<typeof createClipParts>
  /** What was measured while it played; null: it has not yet. */
  played: { readonly measures: CheckMeasures; readonly node: NodeSnapshot } | null
  /** The session in which it did, once that has ended. */
  returnsFrom: string | null
  lost: number
  /** Its report is being written. */
  isDone: boolean
}

const lookEveryMs = 2_000
/** For a node to install it and have a seat. */
const patienceMs = 30 * 60_000
/** Sessions that were lost by no fault of the title. */
const mostLost = 3
/** The seat that was free when it was chosen went to a player. */
const noSeat: ReadonlySet<EndReason> = new Set(['no-seat-free', 'no-node-online', 'nothing-in-reach'])
const ownFaults: ReadonlySet<EndReason> = new Set(['start-failed', 'start-timeout', 'game-crashed'])

export function createChecks(context: {
  readonly store: PublishingStore
  /** Of an organisation that is a host, too. */
  readonly nodesOfHost: (orgId: string) => Promise<ReadonlySet<string>>
  readonly sessions: Pick<Sessions, 'check' | 'countByState' | 'onCheck' | 'onEnd'>
  readonly fleet: { readonly index: { all(): readonly NodeSnapshot[] } }
  readonly clock: Pick<Clock, 'after' | 'now'>
  readonly log: Log
}): Checks {
  const { store, sessions, fleet, clock, log, nodesOfHost } = context
  const pending = new Map<string, Pending>()
  const tasks = new Set<Promise<void>>()
  let isClosed = false
  let cancel = (): void => {}
  let isWaiting = false

  function background(what: Pick<Pending, 'titleId' | 'version'>, task: () => Promise<void>): void {
    const { titleId, version } = what
    const running = task()
      .catch((cause: unknown) =>
        log.error({ err: cause, title: titleId, version }, 'a check failed to be made'),
      )
      .finally(() => tasks.delete(running))
    tasks.add(running)
  }

  function soon(afterMs: number): void {
    if (isClosed || isWaiting || pending.size === 0) return
    isWaiting = true
    cancel = clock.after(afterMs, () => {
      isWaiting = false
      look()
      soon(lookEveryMs)
    })
  }

  function look(): void {
    const nowMs = clock.now()
    const all = [...pending.values()].filter(({ isDone }) => !isDone)
    const waiting = all.filter(({ running }) => running === null)
    if (waiting.length === 0) return
    const seats = seatsForChecks({
      waiting,
      running: all.flatMap(({ orgId, running }) =>
        running === null ? [] : [{ orgId, siteId: running.node.siteId }],
      ),
      nodes: fleet.index.all(),
      playersWait: sessions.countByState().waiting > 0,
      nowMs,
    })
    for (const { wish: one, node } of seats) begin(one, node)
    for (const one of waiting)
      if (one.running === null && nowMs - one.sinceMs > patienceMs)
        background(one, () => fail(one, 'seat', 'no node had the version and a free seat', seatWords))
  }

  function begin(one: Pending, node: NodeSnapshot): void {
    const sessionId = randomUUID()
    one.running = { sessionId, node }
    const { titleId, version } = one
    background(one, async () => {
      try {
        const part = one.played === null ? 'play' : 'return'
        await sessions.check({ sessionId, titleId, version, nodeId: node.nodeId, part, guestId: one.guestId })
      } catch (cause) {
        log.warn({ err: cause, title: titleId, version }, 'the session of a check could not begin')
        if (one.running?.sessionId === sessionId) await lost(one, 'The session could not begin.')
      }
    })
  }

  /** By no fault of its own. */
  async function lost(one: Pending, measured: string): Promise<void> {
    one.running = null
    one.lost += 1
    if (one.lost >= mostLost)
      await fail(one, 'start', measured, 'This may be the network’s fault: run the check again.')
    else soon(lookEveryMs)
  }

  const fail = (one: Pending, name: string, measured: string, next: string): Promise<void> =>
    settle(one, {
      state: 'failed',
      report: {
        atMs: clock.now(),
        items: [{ name, passed: false, measured: measured.slice(0, 500), next }],
        ...placeOf(one.running?.node ?? null),
      },
    })

  async function settle(one: Pending, check: VersionCheck): Promise<void> {
    one.isDone = true
    await store
      .putCheck(one.titleId, one.version, check)
      .finally(() => pending.delete(titleKey({ id: one.titleId, version: one.version })))
    log.info({ title: one.titleId, version: one.version, check: check.state }, 'version checked')
    // Another one of the organisation may have its turn.
    soon(0)
  }

  const pendingOf = ({ id, titleId, build }: StoredSession): Pending | null => {
    const one =
      build === undefined ? undefined : pending.get(titleKey({ id: titleId, version: build.version }))
    return one?.running?.sessionId === id && !one.isDone ? one : null
  }

  function conclude(one: Pending, again: StartedAgain): void {
    const { played } = one
    if (played === null) return
    one.isDone = true
    background(one, async () => {
      const { measures, node } = played
      const clip = one.clip.whole()
      const report = {
        ...judge(measures, again, one.manifest, clock.now()),
        ...placeOf(node),
        ...clipBytesOf(clip),
      }
      await store.putPictures(one.titleId, one.version, measures.pictures, clip)
      await settle(one, { state: hasPassed(report) ? 'passed' : 'failed', report })
    })
  }

  sessions.onCheck((session, found) => {
    const one = pendingOf(session)
    if (one?.running == null) return
    if (found.part === 'clip') return one.clip.add(found.clip)
    if (found.part === 'return') return conclude(one, { kind: 'started', found: found.found })
    const { measures } = found
    one.played = { measures, node: one.running.node }
    if ((measures.saves?.files.length ?? 0) === 0) conclude(one, { kind: 'not-tried' })
  })
  sessions.onEnd((session) => {
    const one = pendingOf(session)
    if (one === null || session.state.kind !== 'ended') return
    const { reason, detail } = session.state
    // It has played, and is to begin once more with what it has saved.
    const hasJustPlayed = one.played !== null && one.returnsFrom === null
    if (hasJustPlayed) one.returnsFrom = session.id
    if (hasJustPlayed || noSeat.has(reason)) {
      one.running = null
      return soon(lookEveryMs)
    }
    const measured = [endTexts[reason].what, detail].filter((part) => part !== null).join(' ')
    background(one, async () => {
      if (reason === 'title-withdrawn')
        return fail(one, 'start', measured, 'Restore the title, then run the check again.')
      if (ownFaults.has(reason) && one.played !== null) return conclude(one, { kind: 'failed', measured })
      if (ownFaults.has(reason)) return fail(one, 'start', measured, startWords)
      return lost(one, measured)
    })
  })

  async function add({ titleId, version, manifest }: StoredVersion, sinceMs: number): Promise<void> {
    const orgId = (await store.find(titleId))?.orgId
    const key = titleKey({ id: titleId, version })
    if (orgId === undefined) return
    const ownNodes = await nodesOfHost(orgId)
    if (pending.has(key)) return
    pending.set(key, {
      ...{ titleId, version, orgId, ownNodes, manifest, sinceMs },
      guestId: `check-${randomUUID()}`,
      clip: createClipParts(),
      ...{ running: null, played: null, returnsFrom: null, lost: 0, isDone: false },
    })
    soon(0)
  }

  return {
    async begin(titleId, version) {
      const stored = await store.version(titleId, version)
      if (stored === null || pending.has(titleKey({ id: titleId, version }))) return
      const sinceMs = clock.now()
      await store.forgetCheckSaves([...pending.values()].map(({ guestId }) => guestId))
      await store.putCheck(titleId, version, { state: 'running', sinceMs })
      await add(stored, sinceMs)
    },
    async catchUp() {
      // A session that goes on from before has nobody who waits for its figures any more, and makes no difference.
      for (const stored of await store.checking()) await add(stored, clock.now())
    },
    async close() {
      isClosed = true
      cancel()
      await Promise.all(tasks)
    },
  }
}

const seatWords =
  'Look whether a node may run it (allow in the manifest) and has room for it, then run the check again.'
const startWords = 'Look at runtime and limits in the manifest, and at what the title said.'

/** Whose word it is. */
const placeOf = (node: NodeSnapshot | null): Pick<CheckReport, 'node'> =>
  node === null ? {} : { node: { siteName: node.siteName, trust: node.trust } }

const clipBytesOf = (base64: string | null): Pick<CheckReport, 'clipBytes'> =>
  base64 === null ? {} : { clipBytes: Buffer.byteLength(base64, 'base64') }
