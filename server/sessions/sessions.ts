import { randomUUID } from 'node:crypto'
import type { CreateSession, SessionChoice, SessionView } from '../../config/protocol/api.ts'
import type { CheckNews, CheckPart } from '../../config/protocol/check.ts'
import { NearcadeError } from '../../config/errors.ts'
import type { PlacementReport } from '../../config/protocol/placement.ts'
import { defaultStream, videoCodec } from '../../config/protocol/stream.ts'
import type { SessionState } from '../../config/protocol/session.ts'
import type { Signal } from '../../config/protocol/signal.ts'
import type { Offer } from '../catalogue/offers.ts'
import { createExpectedSessions, type PlayedTitle, type SiteDemand } from '../placement/expectedSessions.ts'
import type { StoredSession } from '../store/store.ts'
import { pastsOf } from './again.ts'
import { createChoices } from './choices.ts'
import type { SessionContext } from './context.ts'
import { createDistances } from './distances.ts'
import { createKeeper } from './keeper.ts'
import { createLengths, rememberedLengths } from './lengths.ts'
import { createLine, type Line, nodesComeWithinMs } from './line.ts'
import { heldFor, type LiveSession, nodeOf, type Window } from './live.ts'
import { createLosing } from './losing.ts'
import { createNodeSide } from './nodeSide.ts'
import { createPlacing } from './placing.ts'
import { createServing } from './serving.ts'
import { createStarter } from './starter.ts'
import { createTogether, type Together } from './together.ts'
import { seenBy, toView } from './view.ts'
import { createWeighing } from './weighing.ts'
import { freeNumber, mostTogether } from './numbers.ts'

/** Sessions as players see them. Every failure is a NearcadeError. */
export interface Sessions {
  /** @param ip where the player comes from, for a guess of the place */
  create(
    guestId: string,
    request: CreateSession,
    ip: string,
  ): Promise<{ view: SessionView; created: boolean }>
  /** Sessions for several players, all on one site or none; or one for all of them. */
  readonly together: Together
  /** Somebody plays in this session too. False: it has ended, or has no room. Repeating it changes nothing. */
  admit(sessionId: string, guestId: string): Promise<boolean>
  /** How many in line a free seat of this site would do for. */
  wanting(siteId: string): number
  view(guestId: string, sessionId: string): Promise<SessionView>
  /** @param guestId whose it must be; null: anybody's, for the operator */
  placement(guestId: string | null, sessionId: string): Promise<PlacementReport>
  /** Does what a player in line has chosen. Repeating it changes nothing. */
  choose(guestId: string, sessionId: string, choice: SessionChoice): Promise<SessionView>
  /** Ends it as the player's wish; one that has ended stays as it is. */
  end(guestId: string, sessionId: string): Promise<SessionView>
  openOf(guestId: string): Promise<readonly SessionView[]>
  /** Shows a session's present view and follows it from there; the returned function stops that. Null: it has ended. */
  follow(guestId: string, sessionId: string, window: Window): Promise<(() => void) | null>
  signal(guestId: string, sessionId: string, signal: Signal): Promise<void>
  /** As it is in memory; null: it has ended, or never was. */
  live(sessionId: string): StoredSession | null
  /** How many sessions of each title every site is likely to have at once. */
  expected(): SiteDemand
  /** Those that have not ended, as they are in memory. */
  all(): readonly StoredSession[]
  countByState(): Readonly<Record<Exclude<SessionState['kind'], 'ended'>, number>>
  /** Ends those of this title that nobody plays yet. */
  withdraw(titleId: string): void
  /** Begins a session without a player, in which this very node measures a version; it ends at once when the node has no seat for it. */
  check(wish: CheckSession): Promise<void>
  /** Called with what nodes measured in such sessions. */
  onCheck(listener: (session: StoredSession, found: CheckNews) => void): void
  /** Called with each session that has ended. */
  /** @param listener gets where the player came from too; null: nobody knows */
  onEnd(listener: (session: StoredSession, ip?: string | null) => void): void
  /** From now on nothing new is decided: what is live stays so in the store and on its node. */
  stop(): void
  /** Stops, and waits for what is in work. */
  close(): Promise<void>
}

/** Of a version, by whoever has chosen the node. */
export interface CheckSession {
  readonly sessionId: string
  readonly titleId: string
  readonly version: string
  readonly nodeId: string
  readonly part: CheckPart
  /** A player of the check's own, whose saves are nobody else's. */
  readonly guestId: string
}

/** How often waits are looked at again. */
const lineEveryMs = 2_000

/** How long a create waits for its placement, so that its answer usually says where the game will run. */
const answerWithinMs = 1000

/** Takes over what the store holds open, then serves. */
export async function openSessions(context: SessionContext): Promise<Sessions> {
  const { store, catalogue, clock, fleet, holds, pricing, settings } = context
  const known = await store.sessions.lengths(rememberedLengths)
  const lengths = createLengths(known)
  for (const { lengthMs } of [...known].reverse()) pricing.played(lengthMs)
  const checkListeners: ((session: StoredSession, found: CheckNews) => void)[] = []
  const keeper = createKeeper(context, (live) => line.waitOf(live))
  const weighing = createWeighing(context, keeper)
  const line: Line = createLine(context, keeper, weighing, lengths)
  const starter = createStarter(context)
  const serving = createServing(context, keeper, weighing, line, starter)
  const placing = createPlacing(context, keeper, { weighing, line, serving, starter })
  const losing = createLosing(context, keeper, placing, serving)
  const choose = createChoices(context, keeper, weighing, line, serving)
  fleet.listen(
    createNodeSide(context, keeper, {
      losing,
      serving,
      starter,
      distances: createDistances(context),
      onCheck(session, found) {
        for (const listener of checkListeners) listener(session, found)
      },
    }),
  )

  const expecting = createExpectedSessions(clock, (titleId) => meanOf(lengths.of(titleId)))
  function playedAt(live: LiveSession): readonly PlayedTitle[] {
    const siteId = fleet.index.find(nodeOf(live) ?? '')?.siteId
    return siteId === undefined ? [] : [{ siteId, titleId: live.row.titleId }]
  }

  let isTicking = false
  /** Runs while anybody waits. */
  async function watchLine(): Promise<void> {
    if (isTicking) return
    isTicking = true
    while (line.queue.size > 0 && !keeper.isClosing) {
      await keeper.pause(lineEveryMs)
      if (keeper.isClosing) break
      line.tick()
      serving.soon()
    }
    isTicking = false
  }
  /** Of a node that is not back yet after a restart of the router, the decision that led to it tells. */
  function siteOf(live: LiveSession): string | null {
    const nodeId = nodeOf(live)
    if (nodeId === null) return null
    const known =
      fleet.index.find(nodeId) ?? live.row.placement?.candidates.find((one) => one.nodeId === nodeId)
    return known?.siteId ?? null
  }
  keeper.onChange((live) => holds.seated(live.row, siteOf(live), live.past.again === null))
  keeper.onChange((live) => {
    const { row, past } = live
    if (row.state.kind === 'reserved') for (const played of playedAt(live)) expecting.seated(played)
    if (row.state.kind === 'waiting') void watchLine()
    if (row.state.kind === 'ended' && past.seatedAtMs !== null) {
      const lengthMs = Math.max(0, row.state.endedAtMs - past.seatedAtMs)
      lengths.note({ titleId: row.titleId, lengthMs })
      pricing.played(lengthMs)
    }
  })

  const networks = new Map(await store.waits.all())
  const waiting: LiveSession[] = []
  const pasts = pastsOf(await store.sessions.seatings())
  const players = await store.players.open()
  for (const row of await store.sessions.open()) {
    const live = keeper.adopt(row, players.get(row.id), pasts.get(row.id))
    const nodeId = nodeOf(live)
    holds.seated(row, siteOf(live), false)
    const network = networks.get(row.id)
    networks.delete(row.id)
    // The router went between the word of its publisher and the end of the session.
    if (isWithdrawn(live) && notBegun.some((kind) => kind === row.state.kind)) {
      void endWithdrawn(live)
      continue
    }
    if (network !== undefined) void keeper.background(live, () => locateAgain(live, network))
    if (row.state.kind === 'waiting') waiting.push(live)
    else if (nodeId === null) void keeper.background(live, () => placing.place(live, null))
    else {
      live.startSent = row.state.kind !== 'reserved'
      fleet.expect(nodeId)
    }
  }

  // Of sessions that ended while nobody could note it.
  for (const sessionId of networks.keys()) await store.waits.drop(sessionId)
  line.adopt(waiting)
  void watchLine()

  /** Where somebody is can be told at once; how far away the sites are, once these are known again. */
  async function locateAgain(live: LiveSession, network: string): Promise<void> {
    live.ip = addressIn(network)
    await weighing.locate(live, live.ip)
    await fleet.someoneOnline(nodesComeWithinMs)
    await weighing.locate(live, live.ip)
    await keeper.pause(nodesComeWithinMs)
    await weighing.locate(live, live.ip)
  }

  /** As it is in memory, or else in the store. */
  function viewOf({ row, player }: Found): SessionView {
    const live = keeper.find(row.id)
    if (live !== null) return keeper.view(live, player)
    const view = toView(row, catalogue.of(row)?.name ?? row.titleId, settings.graceMs)
    return player === 1 ? view : seenBy(view, player, player)
  }

  /**
   * For everybody who plays in it.
   * @throws NearcadeError session-not-found, not-yours
   */
  async function find(guestId: string | null, sessionId: string): Promise<Found> {
    const live = keeper.find(sessionId)
    const row = live?.row ?? (await store.sessions.find(sessionId))
    if (row === null) throw new NearcadeError('session-not-found')
    if (guestId === null || row.guestId === guestId) return { row, player: 1 }
    const player = (live?.players ?? (await store.players.of(sessionId))).get(guestId)
    if (player === undefined) throw new NearcadeError('not-yours')
    return { row, player }
  }
  /**
   * For whoever decides about it.
   * @throws NearcadeError session-not-found, not-yours
   */
  async function own(guestId: string, sessionId: string): Promise<Found> {
    const found = await find(guestId, sessionId)
    if (found.player !== 1) throw new NearcadeError('not-yours')
    return found
  }

  /** @throws NearcadeError title-not-found, title-withdrawn */
  function offered(guestId: string, { titleId, testToken }: CreateSession): Offer {
    const offer = testToken === undefined ? catalogue.offer(titleId, guestId) : catalogue.staged(testToken)
    if (offer !== null && offer.manifest.id === titleId) return offer
    throw new NearcadeError(catalogue.isWithdrawn(titleId) ? 'title-withdrawn' : 'title-not-found')
  }

  function isWithdrawn({ row: { titleId }, past }: LiveSession): boolean {
    return past.again === null && catalogue.isWithdrawn(titleId)
  }
  function endWithdrawn(live: LiveSession): Promise<void> {
    return keeper.background(live, () => keeper.end(live, 'title-withdrawn', null, notBegun))
  }

  function admit(live: LiveSession, guestId: string): Promise<boolean> {
    return live.run(async () => {
      const { id, state, guestId: owner } = live.row
      if (state.kind === 'ended') return false
      if (guestId === owner || live.players.has(guestId)) return true
      const number = freeNumber(new Set(live.players.values()))
      if (number > mostTogether(catalogue.of(live.row))) return false
      await store.players.put(id, new Map([[guestId, number]]))
      live.players.set(guestId, number)
      return true
    })
  }

  return {
    async create(guestId, request, ip) {
      const { build } = offered(guestId, request)
      const nowMs = clock.now()
      const creation = await store.sessions.create(
        {
          id: randomUUID(),
          guestId,
          titleId: request.titleId,
          ...(build === undefined ? {} : { build }),
          request,
          createdAtMs: nowMs,
        },
        settings.sessionsPerGuest,
      )
      if (creation.kind === 'too-many') throw new NearcadeError('too-many-sessions')
      if (creation.kind === 'repeated') {
        return { view: viewOf({ row: creation.session, player: 1 }), created: false }
      }
      const live = keeper.adopt(creation.session)
      live.ip = ip
      // While it was written, when `withdraw` did not find it.
      if (isWithdrawn(live)) {
        await endWithdrawn(live)
        return { view: keeper.view(live), created: true }
      }
      await Promise.race([
        keeper.background(live, () => placing.place(live, ip)),
        keeper.pause(answerWithinMs),
      ])
      return { view: keeper.view(live), created: true }
    },
    together: createTogether(context, keeper, { weighing, starter }),
    async admit(sessionId, guestId) {
      const live = keeper.find(sessionId)
      return live !== null && (await admit(live, guestId))
    },
    wanting: (siteId) => line.wanting(siteId),
    async view(guestId, sessionId) {
      const found = await find(guestId, sessionId)
      const live = keeper.find(sessionId)
      if (live !== null) live.wait.seenAtMs = clock.now()
      return viewOf(found)
    },
    async choose(guestId, sessionId, choice) {
      const found = await own(guestId, sessionId)
      const live = keeper.find(sessionId)
      if (live === null) {
        if (choice.kind === 'leave') return viewOf(found)
        throw new NearcadeError('session-ended')
      }
      await choose(live, choice)
      return keeper.view(live)
    },
    async placement(guestId, sessionId) {
      const { placement } = (await find(guestId, sessionId)).row
      if (placement === null) throw new NearcadeError('not-found', ['the session has not been placed yet'])
      return placement
    },
    async end(guestId, sessionId) {
      const found = await own(guestId, sessionId)
      const live = keeper.find(sessionId)
      if (live === null) return viewOf(found)
      await keeper.end(live, 'queue-left', null, ['waiting', 'held'])
      await keeper.end(live, 'player-ended', null)
      return keeper.view(live)
    },
    async openOf(guestId) {
      return (await store.sessions.open(guestId)).map((row) => viewOf({ row, player: 1 }))
    },
    async follow(guestId, sessionId, window) {
      const { row, player } = await find(guestId, sessionId)
      const live = keeper.find(sessionId)
      if (live === null) {
        window.onView(viewOf({ row: (await store.sessions.find(sessionId)) ?? row, player }))
        return null
      }
      const follower = { ...window, player }
      live.followers.add(follower)
      live.wait.seenAtMs = clock.now()
      follower.onView(keeper.view(live, player))
      heldFor(live, player).release((signal) => follower.onSignal(signal))
      return () => {
        live.followers.delete(follower)
        live.wait.seenAtMs = clock.now()
      }
    },
    async signal(guestId, sessionId, said) {
      const { player } = await find(guestId, sessionId)
      const live = keeper.find(sessionId)
      if (live === null) throw new NearcadeError('session-ended')
      const { player: _claimed, ...signal } = said
      keeper.signalNode(live, player === 1 ? signal : { ...signal, player })
    },
    live: (sessionId) => keeper.find(sessionId)?.row ?? null,
    expected: () => expecting.at(keeper.all().flatMap(playedAt)),
    all: () => keeper.all().map(({ row }) => row),
    async check({ sessionId: id, titleId, version, nodeId, part, guestId }) {
      const request = {
        titleId,
        idempotencyKey: id,
        probes: [],
        codecs: [...videoCodec.options],
        stream: defaultStream,
      }
      const build = { version, channel: 'check' } as const
      const creation = await store.sessions.create(
        { id, guestId, titleId, build, request, createdAtMs: clock.now() },
        settings.sessionsPerGuest,
      )
      if (creation.kind !== 'created') throw new Error('a session of its own was there before')
      const live = keeper.adopt(creation.session)
      live.onlyNode = nodeId
      live.checkPart = part
      void (isWithdrawn(live) ? endWithdrawn(live) : keeper.background(live, () => placing.place(live, null)))
    },
    onCheck: (listener) => void checkListeners.push(listener),
    withdraw(titleId) {
      for (const live of keeper.all())
        if (live.row.titleId === titleId && live.past.again === null) void endWithdrawn(live)
    },
    onEnd: (listener) =>
      keeper.onChange(({ row, ip }) => {
        if (row.state.kind === 'ended') listener(row, ip)
      }),
    countByState: keeper.countByState,
    stop: keeper.stop,
    close: keeper.close,
  }
}

/** Nobody has the game yet; who lost a node had it. */
const notBegun = ['requested', 'waiting', 'held', 'placed', 'reserved'] as const

/** A session as somebody who plays in it finds it; `player`: their number. */
interface Found {
  readonly row: StoredSession
  readonly player: number
}

/** One that stands for its network. */
const addressIn = (network: string): string => network.replace(/\/.*$/, '')

const meanOf = (values: readonly number[]): number | null =>
  values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length
