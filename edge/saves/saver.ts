import { readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { SaveFile } from '../../config/protocol/saves.ts'
import type { NodeClock } from '../agent/nodeClock.ts'
import { backoffMs } from '../uplink/backoff.ts'
import { type KnownHome, sameFiles } from './compare.ts'
import type { HomePaths } from './homePaths.ts'
import { inLanes } from './lanes.ts'
import { writeKnown } from './localState.ts'
import { pause } from './patience.ts'
import { readHome, type ReadFile } from './readHome.ts'
import { Refusal } from '../uplink/signedRequests.ts'
import type { RemoteSaves } from './remote.ts'

/** Brings what one session's game saves to the router, while it runs and at its end. It never waits for anybody and nobody waits for it. */
export interface Saver {
  /** Has a look now instead of at the next time. */
  nudge(): void
  /** Nothing writes there any more: brings the rest, until it is kept, somebody else has these saves, or it is no use any longer. */
  finish(): Promise<void>
  /** Leaves off; what was not brought stays here. */
  stop(): Promise<void>
}

export interface SaverOptions {
  readonly paths: HomePaths
  /** What the router has, and when it was the same as the home. */
  readonly known: KnownHome
  readonly term: number
  readonly maxBytes: number
  /** Of a path from the home. */
  readonly isSave: (path: string) => boolean
  readonly remote: RemoteSaves
  /** A folder of its own. */
  readonly spool: string
  readonly everyMs: number
  readonly clock: NodeClock
  /** One home is read at a time on this node. */
  readonly alone: <T>(task: () => Promise<T>) => Promise<T>
  readonly log: { info(fields: object, text: string): void; warn(fields: object, text: string): void }
}

/** Longest wait between two attempts, as many failures as there may be. */
const mostRetryMs = 30_000
/** After a session's end; what is here by then is taken up by the next session here. */
const giveUpMs = 10 * 60_000
/** What is missing is told at once, and may have been swept away since. */
const mostRounds = 3
/** Chunks on their way at once when the game is over; before that one, since its picture goes the same way. */
const lanes = 4

export function createSaver(options: SaverOptions): Saver {
  const { paths, remote, term, clock, log, spool } = options
  const stopped = new AbortController()
  let known = options.known
  let read: ReadonlyMap<string, ReadFile> = new Map(
    known.files.map((file) => [file.path, { file, readAtMs: known.readAtMs }]),
  )
  /** The last step that the router was told. Files null: that they stay here; at first, nothing. */
  let sent: { readonly seq: number; readonly files: readonly SaveFile[] | null } = { seq: 0, files: null }
  /** What the router was thought to have is not there. */
  let sendsAll = false
  /** The router knows that these saves stay here; and: it may, since the answer can be lost. */
  let isLeft = false
  let mayBeLeft = false
  let hasMoved = false
  let failures = 0
  let isFinishing = false
  let isWanted = false
  let running: Promise<void> | null = null
  let ending: Promise<void> | null = null
  let cancelTimer = (): void => {}

  /** @throws when it could not be brought */
  async function save(): Promise<void> {
    const there = new Set(sendsAll ? [] : known.files.flatMap(({ chunks }) => chunks))
    const home = await options.alone(() =>
      readHome(paths.folder, {
        maxBytes: options.maxBytes,
        before: sendsAll ? new Map() : read,
        isThere: (sha256) => there.has(sha256),
        spool,
        nowMs: () => clock.wallMs(),
        isSave: options.isSave,
      }),
    )
    if (home.kind === 'read') read = home.files
    await dropOthers(spool, read)
    if (home.kind === 'none') return
    if (home.kind === 'tooMuch') {
      if (isLeft) return
      log.warn(
        { bytes: home.bytes, files: home.files },
        'these saves are too much to travel: they stay on this node',
      )
      if (sent.seq === 0 || sent.files !== null) sent = { seq: sent.seq + 1, files: null }
      mayBeLeft = true
      await remote.left(term, sent.seq, stopped.signal)
      isLeft = true
      return
    }
    const files = [...home.files.values()].map(({ file }) => file)
    if (known.version > 0 && !mayBeLeft && sameFiles(files, known.files)) return
    await bring(files)
    isLeft = false
    mayBeLeft = false
    sendsAll = false
    await rm(spool, { recursive: true, force: true })
  }

  async function bring(files: readonly SaveFile[]): Promise<void> {
    const takenAtMs = clock.wallMs()
    // Sent again, it is the same one: only what differs is another.
    const { seq, files: before } = sent
    const step =
      before !== null && sameFiles(before, files) ? { seq, files: before } : { seq: seq + 1, files }
    sent = step
    await writeKnown(paths.stateFile, { ...known, sent: files })
    for (let round = 1; ; round += 1) {
      const snapshot = { term, seq: step.seq, takenAtMs, files: [...step.files] }
      const answer = await remote.snapshot(snapshot, stopped.signal)
      if (answer.kind === 'kept') {
        known = { version: answer.version, files, sent: null, readAtMs: takenAtMs }
        return writeKnown(paths.stateFile, known)
      }
      if (round === mostRounds) throw new Error('the router keeps asking for the same chunks')
      await inLanes(answer.chunks, isFinishing ? lanes : 1, async (sha256) => {
        const bytes = await readFile(join(spool, sha256)).catch((cause: unknown) => {
          sendsAll = true
          throw cause
        })
        await remote.putChunk(term, sha256, new Uint8Array(bytes), stopped.signal)
      })
    }
  }

  /** @returns whether there is nothing left to do for now */
  async function attempt(task: () => Promise<void>): Promise<boolean> {
    try {
      await task()
      failures = 0
      return true
    } catch (cause) {
      if (stopped.signal.aborted) return false
      if (cause instanceof Refusal && cause.code === 'saves-moved') {
        hasMoved = true
        log.warn({}, 'somebody else has these saves by now: what was not brought stays here')
        return true
      }
      failures += 1
      if (failures === 1) log.warn({ err: cause }, 'saves could not be brought to the router: trying again')
      return false
    }
  }

  const retryMs = (): number =>
    Math.min(mostRetryMs, backoffMs(Math.min(failures, 3), Math.random()) * failures)

  function tick(): void {
    cancelTimer()
    isWanted = false
    running = attempt(save).then((isDone) => {
      running = null
      if (isFinishing || hasMoved || stopped.signal.aborted) return
      if (isWanted) return tick()
      cancelTimer = clock.after(isDone ? options.everyMs : Math.min(options.everyMs, retryMs()), tick)
    })
  }

  cancelTimer = clock.after(options.everyMs, tick)
  return {
    nudge() {
      if (isFinishing || hasMoved || stopped.signal.aborted) return
      if (running === null) tick()
      else isWanted = true
    },
    finish: () => (ending ??= finish()),
    async stop() {
      stopped.abort()
      cancelTimer()
      await running
      await ending
      await rm(spool, { recursive: true, force: true })
    },
  }

  async function finish(): Promise<void> {
    isFinishing = true
    cancelTimer()
    await running
    const untilMs = clock.monotonicMs() + giveUpMs
    const last = async (): Promise<void> => {
      await save()
      await remote.close(term, stopped.signal)
    }
    while (!hasMoved && !stopped.signal.aborted && !(await attempt(last))) {
      if (clock.monotonicMs() >= untilMs) {
        log.warn(
          {},
          'the last saves of this session were never brought to the router: they are on this node alone',
        )
        break
      }
      await pause(clock, retryMs(), stopped.signal)
    }
    await rm(spool, { recursive: true, force: true })
  }
}

/** Of what was copied to be sent, what no file of the home has any more: while the router takes nothing, a game may save often. */
async function dropOthers(spool: string, files: ReadonlyMap<string, ReadFile>): Promise<void> {
  const wanted = new Set([...files.values()].flatMap(({ file }) => file.chunks))
  const names = await readdir(spool).catch(() => [])
  for (const name of names) if (!wanted.has(name)) await rm(join(spool, name), { force: true })
}
