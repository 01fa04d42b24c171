import { NearcadeError } from '../../config/errors.ts'
import type { SessionView, WaitView } from '../../config/protocol/api.ts'
import {
  transition,
  type EndReason,
  type SessionEvent,
  type SessionState,
} from '../../config/protocol/session.ts'
import type { ToNode } from '../../config/protocol/nodeSocket.ts'
import type { PlacementReport } from '../../config/protocol/placement.ts'
import type { Signal } from '../../config/protocol/signal.ts'
import type { StoredSession } from '../store/store.ts'
import { noPast, pastAfter, type SeatPast } from './again.ts'
import { createByNode } from './byNode.ts'
import type { SessionContext } from './context.ts'
import { heldFor, type LiveSession, newLive, nodeOf } from './live.ts'
import { seenBy, toView } from './view.ts'

/** The one place where live sessions change: rule book, then store, then memory, then everybody who follows. */
export interface Keeper {
  find(sessionId: string): LiveSession | null
  all(): readonly LiveSession[]
  /** Those that have a seat of this node, or one held for them. */
  on(nodeId: string): readonly LiveSession[]
  /** @param players who else plays, by guest */
  adopt(row: StoredSession, players?: ReadonlyMap<string, number>, past?: SeatPast): LiveSession
  /**
   * Applies one event inside `live.run`. False: the rule book refused it, and nothing changed.
   * @param nodeSeq the node's number of it, for an event from the node
   */
  advance(live: LiveSession, event: SessionEvent, nodeSeq?: number): Promise<boolean>
  /**
   * The same with several events of the router's that are written at once, all or none.
   * @param placement the decision that led to them; null: the one before stands
   */
  advanceBy(
    live: LiveSession,
    events: readonly SessionEvent[],
    placement: PlacementReport | null,
  ): Promise<boolean>
  /** Notes, inside `live.run`, how far the node's numbering was heard. */
  hear(live: LiveSession, nodeSeq: number): Promise<void>
  /**
   * Ends it as the router's decision and tells its node.
   * @param states where it is to end; by the time its turn comes it may have moved on
   */
  end(
    live: LiveSession,
    reason: EndReason,
    detail: string | null,
    states?: readonly StateKind[] | null,
  ): Promise<void>
  /** Called after each change of state, before anybody sees it. */
  onChange(listener: (live: LiveSession, before: SessionState) => void): void
  /** What the page of one of its players shows of it; of its owner, where nobody is named. */
  view(live: LiveSession, player?: number): SessionView
  /** Shows its followers how it stands in line, where that has changed. */
  show(live: LiveSession): void
  /** @throws NearcadeError message-too-large when too much waits for the node already */
  signalNode(live: LiveSession, signal: Signal): void
  signalPlayer(live: LiveSession, signal: Signal): void
  /** Work that nobody waits for; a failure ends the session with `internal`. Resolves in any case. */
  background(live: LiveSession, task: () => Promise<void>): Promise<void>
  /** Resolves after `delayMs`, or when all work stops. */
  pause(delayMs: number): Promise<void>
  readonly isClosing: boolean
  countByState(): Record<Exclude<StateKind, 'ended'>, number>
  stop(): void
  close(): Promise<void>
}
type StateKind = StoredSession['state']['kind']

/** The grace is the node's to keep; this much later the router stops believing in it. */
const graceSlackMs = 30_000

/** @param waitOf how a session stands in line; null when it does not wait */
/** Half a minute to the first picture, a quarter to play, and as much as that again on a machine with much to do. */
const longestCheckMs = 130_000

export function createKeeper(
  context: SessionContext,
  waitOf: (live: LiveSession) => WaitView | null,
): Keeper {
  const { store, catalogue, fleet, quality, clock, log, count, settings } = context
  const lives = new Map<string, LiveSession>()
  const byNode = createByNode()
  const tasks = new Set<Promise<void>>()
  const pauses = new Set<() => void>()
  let isClosing = false

  const listeners: ((live: LiveSession, before: SessionState) => void)[] = []

  function view(live: LiveSession, player = 1): SessionView {
    const { row } = live
    const name = catalogue.of(row)?.name ?? row.titleId
    const own = toView(row, name, settings.graceMs, { past: live.past, wait: waitOf(live) })
    return seenBy(own, player, 1 + live.players.size)
  }
  function showAll(live: LiveSession): void {
    for (const follower of live.followers) follower.onView(view(live, follower.player))
  }

  function show(live: LiveSession): void {
    const shown = view(live)
    const text = JSON.stringify(shown.wait)
    if (text === live.wait.shown) return
    live.wait.shown = text
    showAll(live)
  }

  async function hear(live: LiveSession, nodeSeq: number): Promise<void> {
    if (nodeSeq <= live.row.nodeSeq) return
    await store.sessions.hear(live.row.id, nodeSeq)
    live.row = { ...live.row, nodeSeq }
  }

  async function step(
    live: LiveSession,
    events: readonly SessionEvent[],
    { nodeSeq, placement }: { nodeSeq?: number; placement?: PlacementReport },
  ): Promise<boolean> {
    const { row } = live
    let state = row.state
    for (const event of events) {
      const next = transition(state, event)
      if (!next.ok) {
        if (nodeSeq !== undefined) await hear(live, nodeSeq)
        log.debug({ session: row.id, refused: next.refused }, 'event refused')
        return false
      }
      state = next.state
    }
    const revision = row.revision + events.length
    const heard = Math.max(row.nodeSeq, nodeSeq ?? 0)
    const atMs = clock.now()
    const saved = await store.sessions.advance({
      sessionId: row.id,
      revision,
      state,
      nodeSeq: heard,
      events,
      source: nodeSeq === undefined ? 'router' : 'node',
      atMs,
      ...(placement === undefined ? {} : { placement }),
    })
    if (!saved) throw new Error(`session ${row.id}: revision ${revision} is taken`)
    live.row = {
      ...live.row,
      state,
      revision,
      nodeSeq: heard,
      placement: placement ?? live.row.placement,
    }
    byNode.put(live)
    for (const event of events) live.past = pastAfter(live.past, event, atMs)
    // What comes of a check says something of the build alone.
    const isPlay = row.build?.channel !== 'check'
    if (state.kind === 'ended' && 'fence' in row.state && isPlay)
      quality.record(row.state.nodeId, state.reason)
    const briefs = Object.assign({}, ...events.map(brief)) as Record<string, unknown>
    log.info({ session: row.id, title: row.titleId, ...briefs }, `session ${state.kind}`)
    for (const listener of listeners) listener(live, row.state)
    follow(live)
    return true
  }

  const advance: Keeper['advance'] = (live, event, nodeSeq) =>
    step(live, [event], nodeSeq === undefined ? {} : { nodeSeq })

  /** What a new state means beyond the store. */
  function follow(live: LiveSession): void {
    const { state } = live.row
    watch(live)
    const shown = view(live)
    live.wait.shown = JSON.stringify(shown.wait)
    showAll(live)
    if (state.kind !== 'ended') return
    lives.delete(live.row.id)
    live.followers.clear()
    count.ended(state.reason)
  }

  /** Sees to it that no session stays for ever in a state that its node should have led it out of. */
  function watch(live: LiveSession): void {
    const { state } = live.row
    const { kind } = state
    if (kind === 'starting' && live.cancelTimer !== null) return
    live.cancelTimer?.()
    live.cancelTimer = null
    if (kind === 'held') {
      // The stored time is worth no more than the clock that it was read from: never longer than a whole hold.
      const leftMs = Math.min(settings.confirmMs, Math.max(0, state.confirmByMs - clock.now()))
      limit(live, leftMs, 'hold-expired', ['held'])
    } else if (kind === 'reserved' || kind === 'starting')
      limit(live, startLimitMs(live), 'start-timeout', ['reserved', 'starting'])
    else if (kind === 'suspended')
      limit(live, settings.graceMs + graceSlackMs, 'grace-expired', ['suspended'])
  }

  /** A check starts, plays and ends without ever being ready for anybody. */
  const startLimitMs = ({ row }: LiveSession): number =>
    row.build?.channel === 'check' ? longestCheckMs : settings.startTimeoutMs

  function limit(live: LiveSession, limitMs: number, reason: EndReason, states: readonly StateKind[]): void {
    // By a step that was in work when the router was told to stop: the next one has the session by then.
    if (isClosing) return
    live.cancelTimer = clock.after(limitMs, () => {
      // The player's word came in time and is being carried out.
      if (reason === 'hold-expired' && live.wait.busy !== null) return
      void background(live, () => end(live, reason, null, states))
    })
  }

  function end(
    live: LiveSession,
    reason: EndReason,
    detail: string | null,
    states: readonly StateKind[] | null = null,
  ): Promise<void> {
    return live.run(async () => {
      const { state, id } = live.row
      if (states !== null && !states.includes(state.kind)) return
      if (!(await advance(live, { kind: 'end', reason, detail, atMs: clock.now() }))) return
      if (!('fence' in state)) return
      if (state.kind === 'reserved' || state.kind === 'held')
        fleet.send(state.nodeId, { kind: 'release', leaseId: state.leaseId })
      if (state.kind === 'held') return
      const { nodeId, leaseId } = state
      fleet.send(nodeId, { kind: 'end', sessionId: id, leaseId, reason: reasonForNode(reason) })
    })
  }

  function background(live: LiveSession, task: () => Promise<void>): Promise<void> {
    const running = task()
      .catch(async (cause: unknown) => {
        log.error({ err: cause, session: live.row.id }, 'session work failed')
        if (!isClosing) await end(live, 'internal', null)
      })
      .catch((cause: unknown) =>
        log.error({ err: cause, session: live.row.id }, 'session could not be ended'),
      )
      .finally(() => tasks.delete(running))
    tasks.add(running)
    return running
  }

  function stop(): void {
    isClosing = true
    for (const done of [...pauses]) done()
    for (const live of lives.values()) live.cancelTimer?.()
  }

  return {
    find: (sessionId) => lives.get(sessionId) ?? null,
    all: () => [...lives.values()],
    on: byNode.of,
    adopt(row, players = new Map(), past = noPast) {
      const live = newLive(row, past, clock.now())
      for (const [guestId, number] of players) live.players.set(guestId, number)
      lives.set(row.id, live)
      byNode.put(live)
      watch(live)
      return live
    },
    advance,
    advanceBy: (live, events, placement) => step(live, events, placement === null ? {} : { placement }),
    hear,
    end,
    onChange: (listener) => void listeners.push(listener),
    view,
    show,
    signalNode(live, signal) {
      const nodeId = nodeOf(live)
      const isThere = live.startSent && nodeId !== null && live.forNode.size === 0
      if (isThere && fleet.send(nodeId, { kind: 'signal', sessionId: live.row.id, signal })) return
      if (live.forNode.hold(signal)) return
      count.droppedSignal()
      throw new NearcadeError('message-too-large', ['too many signals wait for the node'])
    },
    signalPlayer(live, signal) {
      const { player = 1 } = signal
      const windows = [...live.followers].filter((follower) => follower.player === player)
      if (windows.length > 0) for (const window of windows) window.onSignal(signal)
      else if (!heldFor(live, player).hold(signal)) count.droppedSignal()
    },
    background,
    pause(delayMs) {
      if (isClosing) return Promise.resolve()
      return new Promise((resolve) => {
        const cancel = clock.after(delayMs, () => done())
        const done = (): void => {
          cancel()
          pauses.delete(done)
          resolve()
        }
        pauses.add(done)
      })
    },
    get isClosing() {
      return isClosing
    },
    countByState() {
      const counts = {
        requested: 0,
        waiting: 0,
        held: 0,
        placed: 0,
        reserved: 0,
        starting: 0,
        ready: 0,
        playing: 0,
        suspended: 0,
      }
      for (const { row } of lives.values()) if (row.state.kind !== 'ended') counts[row.state.kind] += 1
      return counts
    },
    stop,
    async close() {
      stop()
      await Promise.all(tasks)
      await Promise.all([...lives.values()].map((live) => live.run(async () => {})))
    },
  }
}

function brief(event: SessionEvent): Record<string, unknown> {
  if (event.kind === 'end')
    return { reason: event.reason, ...(event.detail === null ? {} : { detail: event.detail }) }
  if (event.kind === 'start') return { step: event.step }
  return 'nodeId' in event ? { node: event.nodeId } : {}
}

/** Nodes are told only the reasons that they act on. */
function reasonForNode(reason: EndReason): Extract<ToNode, { kind: 'end' }>['reason'] {
  return reason === 'player-ended' || reason === 'start-timeout' ? reason : 'internal'
}
