import type { CheckReport, VersionCheck } from '../../config/protocol/publishing.ts'
import { endTexts } from '../../config/protocol/session.ts'
import type { Clock } from '../clock.ts'
import type { Log } from '../log.ts'
import { titleKey } from '../placement/decideLimits.ts'
import type { NodeSnapshot } from '../placement/snapshot.ts'
import type { Sessions } from '../sessions/sessions.ts'
import type { PublishingStore } from '../store/publishingStore.ts'
import type { StoredSession } from '../store/store.ts'
import { hasPassed, judge } from './judge.ts'

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
  readonly sinceMs: number
  /** Null: it waits for a seat. */
  sessionId: string | null
  lost: number
}

const lookEveryMs = 2_000
/** For a node to install it and have a seat. */
const patienceMs = 30 * 60_000
/** Sessions that were lost by no fault of the title. */
const mostLost = 3

export function createChecks(context: {
  readonly store: PublishingStore
  readonly sessions: Pick<Sessions, 'check' | 'onCheck' | 'onEnd'>
  readonly fleet: { readonly index: { all(): readonly NodeSnapshot[] } }
  readonly clock: Pick<Clock, 'after' | 'now'>
  readonly log: Log
}): Checks {
  const { store, sessions, fleet, clock, log } = context
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
    for (const one of pending.values()) {
      if (one.sessionId !== null) continue
      const key = titleKey({ id: one.titleId, version: one.version })
      const hasSeat = fleet.index
        .all()
        .some(
          (node) =>
            !node.draining && node.seatsFree > 0 && node.titles.some((title) => titleKey(title) === key),
        )
      if (hasSeat) {
        one.sessionId = ''
        background(one, async () => {
          one.sessionId = await sessions.check(one.titleId, one.version)
        })
      } else if (clock.now() - one.sinceMs > patienceMs)
        background(one, () =>
          settle(one, {
            state: 'failed',
            report: failure(
              'seat',
              'no node had the version and a free seat',
              'Look whether a node may run it (allow in the manifest) and has room for it, then run the check again.',
            ),
          }),
        )
    }
  }

  async function settle(one: Pending, check: VersionCheck): Promise<void> {
    pending.delete(titleKey({ id: one.titleId, version: one.version }))
    await store.putCheck(one.titleId, one.version, check)
    log.info({ title: one.titleId, version: one.version, check: check.state }, 'version checked')
  }

  const failure = (name: string, measured: string, next: string): CheckReport => ({
    atMs: clock.now(),
    items: [{ name, passed: false, measured, next }],
  })

  const pendingOf = ({ titleId, build }: StoredSession): Pending | null =>
    build?.channel === 'check'
      ? (pending.get(titleKey({ id: titleId, version: build.version })) ?? null)
      : null

  sessions.onCheck((session, measures) => {
    const one = pendingOf(session)
    if (one === null) return
    background(one, async () => {
      const version = await store.version(one.titleId, one.version)
      if (version === null) return void pending.delete(titleKey({ id: one.titleId, version: one.version }))
      const report = judge(measures, version.manifest, clock.now())
      await store.putPictures(one.titleId, one.version, measures.pictures)
      await settle(one, { state: hasPassed(report) ? 'passed' : 'failed', report })
    })
  })
  sessions.onEnd((session) => {
    const one = pendingOf(session)
    if (one === null || session.state.kind !== 'ended') return
    const { reason, detail } = session.state
    one.lost += 1
    const isOwnFault = reason === 'start-failed' || reason === 'start-timeout' || reason === 'game-crashed'
    if (!isOwnFault && one.lost < mostLost) {
      one.sessionId = null
      return soon(lookEveryMs)
    }
    const { what } = endTexts[reason]
    const next = isOwnFault
      ? 'Look at runtime and limits in the manifest, and at what the title said.'
      : 'This may be the network’s fault: run the check again.'
    const measured = [what, detail]
      .filter((part) => part !== null)
      .join(' ')
      .slice(0, 500)
    background(one, () => settle(one, { state: 'failed', report: failure('start', measured, next) }))
  })

  function add(titleId: string, version: string, sinceMs: number): void {
    const key = titleKey({ id: titleId, version })
    if (!pending.has(key)) pending.set(key, { titleId, version, sinceMs, sessionId: null, lost: 0 })
    soon(0)
  }

  return {
    async begin(titleId, version) {
      if (pending.has(titleKey({ id: titleId, version }))) return
      const sinceMs = clock.now()
      await store.forgetCheckSaves()
      await store.putCheck(titleId, version, { state: 'running', sinceMs })
      add(titleId, version, sinceMs)
    },
    async catchUp() {
      // A session that goes on from before has nobody who waits for its figures any more, and makes no difference.
      for (const { titleId, version } of await store.checking()) add(titleId, version, clock.now())
    },
    async close() {
      isClosed = true
      cancel()
      await Promise.all(tasks)
    },
  }
}
