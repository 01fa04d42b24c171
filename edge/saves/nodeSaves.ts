import { rm, rmdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { NearcadeError } from '../../config/errors.ts'
import type { OpenedSaves } from '../../config/protocol/saves.ts'
import { saveFilter } from '../../config/protocol/titleSaves.ts'
import type { NodeClock } from '../agent/nodeClock.ts'
import { type KnownHome, planHome } from './compare.ts'
import { fetchHome } from './fetchHome.ts'
import { type HomePaths, homePaths } from './homePaths.ts'
import { listHome } from './listHome.ts'
import { readKnown, writeKnown } from './localState.ts'
import { patiently, pause } from './patience.ts'
import type { RemoteSaves } from './remote.ts'
import { createSaver, type Saver, type SaverOptions } from './saver.ts'

/** The homes of this node's sessions, and their way to the router and back. */
export interface NodeSaves {
  /**
   * Makes the home of a session that starts the newest there is.
   * @returns its folder
   * @throws NearcadeError saves-unavailable: nothing may start without them
   */
  open(session: SavedSession): Promise<string>
  /** Something of the game may be worth saving now: it stands still, or has just begun. */
  nudge(leaseId: string): void
  /** Nothing of the session is left. Its last saves are brought in the background. */
  gone(leaseId: string): void
  /** Waits for what is on its way, but not for ever. */
  close(): Promise<void>
}

export interface SavedSession {
  readonly sessionId: string
  readonly leaseId: string
  readonly fence: number
  readonly guestId: string
  readonly titleId: string
  /** What the title means by its saves (`saves` of its manifest); every file if absent. */
  readonly saves?: readonly string[] | undefined
  /** Nobody comes back to it here: its home goes once what it has saved is at the router. */
  readonly isPassing?: boolean
}

export interface NodeSavesOptions {
  readonly dataDir: string
  readonly everyMs: number
  remote(sessionId: string): RemoteSaves
  readonly clock: NodeClock
  readonly log: SaverOptions['log']
  readonly times?: Partial<typeof defaultTimes>
}

interface Held {
  readonly session: SavedSession
  readonly opening: AbortController
  folder: string | null
  saver: Saver | null
  /** Settles when nothing of the session writes into its home. */
  readonly left: Promise<void>
  /** And with it what came after. */
  done: Promise<void>
  leave(): void
}

const defaultTimes = {
  /** For the last saves of the game before to be at the router, which gives a session 30 s to start. */
  openMs: 25_000,
  /** For the router to hand saves out, and for a home to be left by whoever had it. */
  patienceMs: 15_000,
  /** For what is on its way when the node stops. */
  farewellMs: 5_000,
}

export function createNodeSaves({
  dataDir,
  everyMs,
  remote,
  clock,
  log,
  ...rest
}: NodeSavesOptions): NodeSaves {
  const times = { ...defaultTimes, ...rest.times }
  const spools = join(dataDir, 'saves-out')
  const held = new Map<string, Held>()
  const tasks = new Set<Promise<void>>()
  const closing = new AbortController()
  let reading: Promise<unknown> = rm(spools, { recursive: true, force: true }).catch(() => {})

  const alone = <T>(task: () => Promise<T>): Promise<T> => {
    const next = reading.then(task)
    reading = next.catch(() => {})
    return next
  }
  const inBackground = (task: Promise<void>): void => {
    const running = task
      .catch((cause: unknown) => log.warn({ err: cause }, 'saves'))
      .finally(() => tasks.delete(running))
    tasks.add(running)
  }

  async function begin(own: Held, opened: OpenedSaves, from: RemoteSaves): Promise<string> {
    const { session } = own
    const { signal } = own.opening
    const paths = homePaths(dataDir, { ...session, slot: opened.slot })
    own.folder = paths.folder
    await leftByOthers(own, paths, signal)
    const known = await readKnown(paths.stateFile)
    const isSave = saveFilter(session.saves)
    const found = (await listHome(paths.folder, Number.MAX_SAFE_INTEGER, isSave))?.files ?? null
    const plan = planHome(known, found, opened)
    if (plan !== 'keep') {
      const aside = await fetchHome({
        paths,
        files: opened.files,
        here: known?.files ?? [],
        putAside: plan === 'putAsideAndFetch',
        chunk: (sha256) =>
          patiently(() => from.chunk(opened.term, sha256, signal), {
            clock,
            patienceMs: times.patienceMs,
            signal,
          }),
        nowMs: clock.wallMs(),
      })
      if (aside !== null)
        log.warn(
          { sessionId: session.sessionId, aside },
          'this home was never brought to the router: kept beside the newer one',
        )
    }
    const now: KnownHome = {
      version: opened.version,
      files: opened.files,
      sent: null,
      readAtMs: plan === 'keep' ? (known?.readAtMs ?? 0) : clock.wallMs(),
    }
    await writeKnown(paths.stateFile, now)
    log.info(
      {
        sessionId: session.sessionId,
        slot: opened.slot,
        version: opened.version,
        files: opened.files.length,
        plan,
      },
      'saves are ready',
    )
    if (signal.aborted) throw new Error('the session is over')
    own.saver = createSaver({
      paths,
      known: now,
      term: opened.term,
      maxBytes: opened.maxBytes,
      isSave,
      remote: from,
      spool: join(spools, session.leaseId),
      everyMs,
      clock,
      alone,
      log: withSession(log, session.sessionId),
    })
    return paths.folder
  }

  /** A session before may still be leaving the same home. */
  async function leftByOthers(own: Held, { folder }: HomePaths, signal: AbortSignal): Promise<void> {
    for (const other of held.values()) {
      if (other === own || other.folder !== folder) continue
      const waited = new AbortController()
      const isLeft = await Promise.race([
        other.left.then(() => true),
        pause(clock, times.patienceMs, AbortSignal.any([signal, waited.signal])).then(() => false),
      ])
      waited.abort()
      if (!isLeft) throw new Error('another session still uses this home')
      await other.saver?.stop()
      await other.done
    }
  }

  async function removeHome({ folder }: Held): Promise<void> {
    if (folder === null) return
    await rm(folder, { recursive: true, force: true })
    await rm(`${folder}.saves.json`, { force: true })
    // The folder of a player who is no one.
    await rmdir(dirname(folder)).catch(() => {})
  }

  return {
    async open(session) {
      let leave = (): void => {}
      const left = new Promise<void>((resolve) => {
        leave = resolve
      })
      const own: Held = {
        ...{ session, opening: new AbortController(), folder: null, saver: null },
        ...{ left, done: left, leave },
      }
      held.set(session.leaseId, own)
      const { signal } = own.opening
      const from = remote(session.sessionId)
      const { leaseId, fence } = session
      let opened: OpenedSaves | null = null
      try {
        opened = await patiently(() => from.open({ leaseId, fence }, signal), {
          clock,
          patienceMs: times.openMs,
          signal,
        })
        return await begin(own, opened, from)
      } catch (cause) {
        own.folder = null
        if (opened !== null) inBackground(from.close(opened.term, closing.signal))
        throw new NearcadeError(
          'saves-unavailable',
          [cause instanceof Error ? cause.message : String(cause)],
          cause,
        )
      }
    },
    nudge: (leaseId) => held.get(leaseId)?.saver?.nudge(),
    gone(leaseId) {
      const own = held.get(leaseId)
      if (own === undefined) return
      own.opening.abort()
      own.leave()
      own.done = (own.saver?.finish() ?? Promise.resolve())
        .then(() => (own.session.isPassing === true ? removeHome(own) : undefined))
        .finally(() => held.delete(leaseId))
      inBackground(own.done)
    },
    async close() {
      const late = new AbortController()
      await Promise.race([Promise.all(tasks), pause(clock, times.farewellMs, late.signal)])
      late.abort()
      closing.abort()
      for (const { opening, saver } of held.values()) {
        opening.abort()
        await saver?.stop()
      }
      await Promise.all(tasks)
    },
  }
}

const withSession = (log: SaverOptions['log'], sessionId: string): SaverOptions['log'] => ({
  info: (fields, text) => log.info({ sessionId, ...fields }, text),
  warn: (fields, text) => log.warn({ sessionId, ...fields }, text),
})
