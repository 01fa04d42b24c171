import { join } from 'node:path'
import type { CheckFound } from '../../config/protocol/check.ts'
import type { EndReason, SessionEvent } from '../../config/protocol/session.ts'
import { mostInSession, type Signal } from '../../config/protocol/signal.ts'
import { listenAddresses } from '../ice/hostCandidates.ts'
import { createSharedPort } from '../ice/sharedPort.ts'
import type { PeerDistance } from '../peer/peer.ts'
import { wallClockMs } from '../stream/clock.ts'
import { gameEnd } from './gameEnd.ts'
import type { PlayerFigures, SeatSetup, SessionJob } from './ipc.ts'
import { advance, firstLife, nextDeadlineMs, type Effect, type Life, type LifeEvent } from './lifecycle.ts'
import { addTotals, type MediaTotals, noTotals } from './media.ts'
import { createMessages } from './messages.ts'
import type { PlayedTitle, SeatParts, SessionParts } from './parts.ts'
import { createPlayerSlot, type PlayerSlot, type Stage } from './playerSlot.ts'
import { type SharedSink, shareSink } from './sharedSink.ts'

/** One game, streamed to one player or several: what the session process is there for. */
export interface Session {
  /** The game may start: this is its home. */
  enterHome(folder: string): void
  signal(signal: Signal): void
  end(reason: EndReason, detail: string | null): void
  usage(): Promise<{ readonly cpuSeconds: number; readonly memoryBytes: number } | null>
  /** Of all players' streams. */
  totals(): MediaTotals
  /** What the first player's browser said of its stream last. */
  player(): PlayerFigures | null
  /** Of the first player, for whom the node was chosen. */
  distance(): PeerDistance | null
  readonly inputs: Readonly<Record<string, number>>
  readonly dropped: Readonly<Record<string, number>>
  /** Settles when the session is over and everything of it but the seat's display and sound is closed. */
  readonly closed: Promise<void>
}

export interface SessionPort {
  event(event: SessionEvent): void
  signal(signal: Signal): void
  /** What a session without a player has shown. */
  checked(found: CheckFound, clip: Buffer | null): void
  log(fields: object, text: string): void
}

/** How long a title may stay dark before it counts as ready all the same. */
const darkMs = 8_000
/** And one that is checked, before it counts as dark. */
const checkDarkMs = 30_000
/** A game whose display died says so in its own way: wait for the display to say it first. */
const displayFirstMs = 150
/** Whose session it is: who else plays is a guest in it. */
const owner = 1

export function startSession(
  job: SessionJob,
  setup: SeatSetup,
  seat: SeatParts,
  parts: SessionParts,
  port: SessionPort,
): Session {
  const { log } = port
  const over = new AbortController()
  let life: Life = firstLife
  let timer: NodeJS.Timeout | null = null
  let played: PlayedTitle | null = null
  let stage: Stage | null = null
  let sink: SharedSink | null = null
  /** By number; a player who has left keeps theirs. */
  const slots = new Map<number, PlayerSlot>()
  let settleHome = (_folder: string | null): void => {}
  /** Null: the session was over before it came. */
  const home = new Promise<string | null>((resolve) => {
    settleHome = resolve
  })
  /** Effects on the game and the stream happen one after the other. */
  let queue: Promise<void> = Promise.resolve()
  let settleClosed = (): void => {}
  const closed = new Promise<void>((resolve) => {
    settleClosed = resolve
  })

  const dispatch = (event: LifeEvent): void => {
    const before = life
    const next = advance(life, event, job, wallClockMs())
    life = next.life
    for (const effect of next.effects) carryOut(effect)
    if (event.kind !== 'touched' || before.kind !== life.kind) arm()
  }
  const arm = (): void => {
    if (timer !== null) clearTimeout(timer)
    const atMs = nextDeadlineMs(life, job)
    timer =
      atMs === null ? null : setTimeout(() => dispatch({ kind: 'time' }), Math.max(1, atMs - wallClockMs()))
  }
  const fail = (reason: EndReason, detail: string): void => dispatch({ kind: 'over', reason, detail })

  const later = (what: string, work: () => Promise<void> | void): void => {
    queue = queue.then(work).catch((error: unknown) => {
      log({ err: error }, `${what} failed`)
      if (life.kind !== 'ended')
        fail('session-crashed', `${what}: ${error instanceof Error ? error.message : error}`)
    })
  }
  /** What goes wrong for a guest does not end the game of the others. */
  const laterFor = (slot: PlayerSlot, what: string, work: () => Promise<void>): void =>
    later(what, async () => {
      try {
        await work()
      } catch (error) {
        if (slot.number === owner) throw error
        log({ err: error, player: slot.number }, `${what} failed for a guest`)
        dispatch({ kind: 'lost', player: slot.number })
      }
    })
  const hush = (slot: PlayerSlot): void => {
    slot.unattend()
    if (slot.number !== owner) sink?.left(slot.number)
    laterFor(slot, 'stopping the stream', slot.stop)
  }

  const carryOut = (effect: Effect): void => {
    switch (effect.kind) {
      case 'report':
        return port.event(effect.event)
      case 'stream': {
        const slot = slotOf(effect.player)
        slot.attend()
        return laterFor(slot, 'the stream', slot.stream)
      }
      case 'hush':
        for (const slot of slots.values())
          if (effect.player === null || effect.player === slot.number) hush(slot)
        return
      case 'freeze':
        return later('freezing the game', () => played?.game.freeze())
      case 'thaw':
        return later('thawing the game', () => played?.game.thaw())
      case 'warnIdle':
        for (const slot of slots.values()) slot.tell({ kind: 'idle-warning', endsInMs: effect.endsInMs })
        return
      case 'clearIdle':
        for (const slot of slots.values()) slot.tell({ kind: 'idle-cleared' })
        return
      case 'close':
        over.abort()
        settleHome(null)
        if (timer !== null) clearTimeout(timer)
        return void shutDown()
      default:
        return effect satisfies never
    }
  }

  const messages = createMessages({
    nowMs: wallClockMs,
    toPage(player, text) {
      for (const slot of slots.values()) if (player === null || player === slot.number) slot.message(text)
    },
  })
  const udp = createSharedPort({
    range: setup.udpPorts,
    addresses: () => listenAddresses({ ...setup, own: setup.announceOwn }),
  })
  const pictureBroke = (player: number, error: Error): void => {
    if (player !== owner) {
      log({ err: error, player }, 'the picture broke for a guest')
      dispatch({ kind: 'lost', player })
    } else if (stage !== null)
      void displayOr(stage.display.exited, () =>
        fail('session-crashed', `the picture broke: ${error.message}`),
      )
  }

  function slotOf(number: number): PlayerSlot {
    const known = slots.get(number)
    if (known !== undefined) return known
    const slot = createPlayerSlot({
      number,
      job,
      setup,
      udp,
      parts,
      signal: port.signal,
      happened: dispatch,
      isPlaying: () => life.kind === 'playing',
      toGame: (player, text) => messages.toGame(player, text),
      onFailed: (error) => pictureBroke(number, error),
      log,
    })
    slots.set(number, slot)
    if (stage !== null) slot.show(stage)
    if (played !== null && sink !== null) slot.give(played, sink.of(number))
    return slot
  }

  const start = async (): Promise<void> => {
    const beganMs = performance.now()
    dispatch({ kind: 'step', step: 'display' })
    const title = await parts.findTitle(setup.titlesDir, job)
    const { display: wanted } = title.manifest
    const display = await seat.displayOf(wanted)
    dispatch({ kind: 'step', step: 'sound' })
    const sound = await seat.sound
    if (over.signal.aborted) return
    dispatch({ kind: 'step', step: 'game' })
    stage = { display, sound, wanted }
    for (const slot of slots.values()) slot.show(stage)
    const homeDir = await home
    if (homeDir === null) return
    const globs = title.manifest.saves ?? []
    const cameBack = job.check === 'return' ? (await parts.savesIn(homeDir, globs)).files : []
    const game = await parts.startTitle({
      title,
      builtDir: setup.builtDir,
      sessionId: job.sessionId,
      seat: setup.seatId,
      homeDir,
      display,
      sound,
      isWatched: job.check === 'play',
      messagesFile: join(setup.sessionDir, 'messages'),
    })
    played = game
    messages.open(game.messages)
    if (over.signal.aborted) return
    const shared = shareSink(game.sink)
    sink = shared
    for (const slot of slots.values()) slot.give(game, shared.of(slot.number))
    game.onRumble((rumble) => {
      const pad = shared.padOf(rumble.index)
      if (pad !== null) slots.get(pad.player)?.tell({ kind: 'rumble', ...rumble, index: pad.index })
    })
    void display.exited.then(({ reason }) => fail('session-crashed', `the display ended: ${reason}`))
    void sound?.exited.then(({ reason }) => {
      if (life.kind !== 'ended') log({ reason }, 'the sound server ended: the session goes on in silence')
    })
    const gone = new AbortController()
    void game.game.exited.then(() => gone.abort())
    void game.game.exited.then((exit) =>
      displayOr(display.exited, () => {
        const { reason, detail } = gameEnd(exit, game.game.log())
        if (life.kind !== 'ended') log({ exit, log: game.game.log() }, 'the game ended')
        // What is checked may end: that is looked at, too.
        if (job.check === undefined) dispatch({ kind: 'over', reason, detail })
      }),
    )
    dispatch({ kind: 'step', step: 'picture' })
    const isCheck = job.check !== undefined
    const picture = await parts.waitForPicture(display, {
      timeoutMs: isCheck ? checkDarkMs : darkMs,
      signal: isCheck ? AbortSignal.any([over.signal, gone.signal]) : over.signal,
    })
    if (over.signal.aborted) return
    if (job.check !== undefined) {
      const checked = {
        ...game,
        ...{ display, sound, homeDir, workDir: setup.sessionDir },
        firstPictureMs: picture === 'seen' ? performance.now() - beganMs : null,
      }
      if (job.check === 'play') {
        const { measures, clip } = await parts.measureTitle(checked)
        port.checked({ part: 'play', measures }, clip)
      } else port.checked({ part: 'return', found: await parts.measureReturn(checked, cameBack) }, null)
      return dispatch({ kind: 'over', reason: 'game-exited', detail: null })
    }
    if (picture === 'dark') log({}, 'the title is still dark: taken as ready')
    dispatch({ kind: 'picture' })
  }

  /** Where the display has just ended too, that is the reason, and it is told by whoever watches it. */
  const displayOr = async (displayEnded: Promise<unknown>, otherwise: () => void): Promise<void> => {
    let wait: NodeJS.Timeout | undefined
    const first = await Promise.race([
      displayEnded.then(() => 'display' as const),
      new Promise<'time'>((resolve) => {
        wait = setTimeout(() => resolve('time'), displayFirstMs)
      }),
    ])
    clearTimeout(wait)
    if (first === 'time') otherwise()
  }

  const shutDown = async (): Promise<void> => {
    await Promise.all([...slots.values()].map((slot) => slot.close()))
    await udp[Symbol.asyncDispose]()
    await started
    await queue
    await played?.close().catch((error: unknown) => log({ err: error }, 'closing the title failed'))
    settleClosed()
  }

  const started = start().catch((error: unknown) => {
    log({ err: error }, 'the session could not be started')
    fail('start-failed', error instanceof Error ? error.message : String(error))
  })

  return {
    enterHome: (folder) => settleHome(folder),
    signal(signal) {
      if (life.kind !== 'ended') slotOf(Math.min(signal.player ?? owner, mostInSession)).signal(signal)
    },
    end: (reason, detail) => dispatch({ kind: 'over', reason, detail }),
    usage: async () => (await played?.game.usage().catch(() => null)) ?? null,
    totals: () => [...slots.values()].map((slot) => slot.totals()).reduce(addTotals, noTotals),
    player: () => slots.get(owner)?.figures() ?? null,
    distance: () => slots.get(owner)?.distance() ?? null,
    get inputs() {
      return sumOf([...slots.values()].map((slot) => slot.inputs))
    },
    get dropped() {
      return sumOf([...slots.values()].map((slot) => slot.dropped))
    },
    closed,
  }
}

function sumOf(counts: readonly Readonly<Record<string, number>>[]): Readonly<Record<string, number>> {
  const sum: Record<string, number> = {}
  for (const count of counts)
    for (const [kind, times] of Object.entries(count)) sum[kind] = (sum[kind] ?? 0) + times
  return sum
}
