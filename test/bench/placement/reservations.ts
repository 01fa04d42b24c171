import { randomUUID } from 'node:crypto'
import type { PlacementReport } from '../../../config/protocol/placement.ts'
import type { EndReason, SessionEvent } from '../../../config/protocol/session.ts'
import { transition } from '../../../config/protocol/session.ts'
import { defaultStream } from '../../../config/protocol/stream.ts'
import type { Lease } from '../../../edge/agent/seats.ts'
import { createChooser } from '../../../server/placement/chooser.ts'
import type { Prior } from '../../../server/placement/prior.ts'
import { createNodeQuality } from '../../../server/placement/quality.ts'
import type { Store, StoredSession } from '../../../server/store/store.ts'
import type { Random } from '../../link/random.ts'
import type { Audit } from './audit.ts'
import type { Player } from './players.ts'
import { createSeatNode, type SeatNode } from './seatNode.ts'
import { openIndex, type World } from './world.ts'

export interface ReservationRun {
  readonly reservations: number
  readonly clients: number
  readonly world: World
  readonly players: readonly Player[]
  readonly store: Store
  readonly prior: Prior
  readonly audit: Audit
  readonly random: Random
  progress(text: string): void
}

export interface ReservationFigures {
  readonly tookS: number
  readonly refusals: number
  readonly nodesDied: number
  readonly endedByDeath: number
}

/** A session that plays, on its client's list. */
interface Playing {
  readonly row: StoredSession
  readonly node: SeatNode
  readonly lease: Lease
}

/** Sessions that a client has open before it ends its oldest. */
const openPerClient = 200
/** A node dies after so many reservations on average, and comes back after as many. */
const deathEvery = 250
const guestsPerClient = 400
/** Sessions that are looked up at the same time when all is compared. */
const readAtOnce = 128
const none = new Map<string, never>()

/**
 * Clients that reserve at the same time, each as the router does it: session stored, decided, node asked, choice and seat
 * stored, seat taken. Nodes answer late or not at all and die meanwhile; statuses reach the index late.
 */
export async function makeReservations(run: ReservationRun): Promise<ReservationFigures> {
  const { world, store, prior, audit, random } = run
  const index = openIndex(world)
  const quality = createNodeQuality({ now: Date.now })
  const choose = createChooser(index, quality, { now: Date.now })
  const nodes = new Map(
    world.nodes.map(({ nodeId, seats, seatsFree }) => [
      nodeId,
      createSeatNode(nodeId, seats, seats - seatsFree, random, audit, () => performance.now()),
    ]),
  )
  const snapshots = new Map(world.nodes.map((node) => [node.nodeId, node]))
  const nodeIds = [...nodes.keys()]
  const playingOn = new Map<string, Set<Playing>>()
  let begun = 0
  let done = 0
  let refusals = 0
  let nodesDied = 0
  let endedByDeath = 0

  /** Seats that are being asked for. */
  const promised = new Map<string, number>()

  function show(node: SeatNode): void {
    const known = snapshots.get(node.nodeId)
    if (known === undefined) return
    const seatsFree = Math.max(0, node.seatsFree() - (promised.get(node.nodeId) ?? 0))
    if (node.isUp) index.put({ ...known, seatsFree })
    else index.remove(node.nodeId)
  }

  /** The node's status on its way to the index. */
  const tell = (node: SeatNode): void => void setImmediate(() => show(node))

  function promise(node: SeatNode, seats: 1 | -1): void {
    promised.set(node.nodeId, (promised.get(node.nodeId) ?? 0) + seats)
    show(node)
  }

  async function advance(
    row: StoredSession,
    events: readonly SessionEvent[],
    placement?: PlacementReport,
  ): Promise<StoredSession> {
    let state = row.state
    for (const event of events) {
      const next = transition(state, event)
      if (!next.ok) throw new Error(`${row.id}: ${event.kind} after ${state.kind}`)
      state = next.state
    }
    const revision = row.revision + events.length
    const saved = await store.sessions.advance({
      sessionId: row.id,
      revision,
      state,
      nodeSeq: 0,
      events,
      source: 'router',
      atMs: Date.now(),
      ...(placement === undefined ? {} : { placement }),
    })
    if (!saved) throw new Error(`${row.id}: revision ${revision} is taken`)
    return { ...row, state, revision }
  }

  async function end(row: StoredSession, reason: EndReason): Promise<void> {
    if ('fence' in row.state) quality.record(row.state.nodeId, reason)
    await advance(row, [{ kind: 'end', reason, detail: null, atMs: Date.now() }])
    audit.ended(row.id)
  }

  async function reserve(player: Player, guestId: string): Promise<Playing | null> {
    const id = randomUUID()
    const request = {
      titleId: player.titleId,
      idempotencyKey: id,
      probes: [...player.probes],
      codecs: ['h264' as const, 'vp8' as const],
      stream: defaultStream,
    }
    const creation = await store.sessions.create(
      { id, guestId, titleId: player.titleId, request, createdAtMs: Date.now() },
      1000,
    )
    if (creation.kind !== 'created') throw new Error(`${id} was not created: ${creation.kind}`)
    let row = creation.session
    const tried: SessionEvent[] = []
    const playerAt = await prior.lookup(player.ip)
    const refusedBy = new Set<string>()
    for (;;) {
      const report = choose({
        sessionId: id,
        title: { id: player.titleId, latencyBudgetMs: null, allow: null },
        codecs: request.codecs,
        fps: 60,
        probes: player.probes,
        playerAt,
        estimates: none,
        refusedBy,
        last: null,
      })
      const nodeId = report.chosenNodeId
      const node = nodeId === null ? undefined : nodes.get(nodeId)
      if (nodeId === null || node === undefined) {
        if (tried.length > 0) row = await advance(row, tried, report)
        await end(row, 'no-seat-free')
        return null
      }
      promise(node, 1)
      tried.push({ kind: 'place', nodeId })
      const lease = await node.reserve(id)
      promise(node, -1)
      if (lease === null) {
        refusals += 1
        refusedBy.add(nodeId)
        tell(node)
        tried.push({ kind: 'refuse' })
        continue
      }
      tell(node)
      tried.push({ kind: 'reserve', leaseId: lease.leaseId, fence: lease.fence })
      row = await advance(row, tried, report)
      audit.acknowledged(id)
      const playing = { row, node, lease }
      if (await node.commit(lease)) return playing
      await end(row, 'edge-gone')
      endedByDeath += 1
      return null
    }
  }

  async function stop(playing: Playing, reason: EndReason): Promise<void> {
    if (playingOn.get(playing.node.nodeId)?.delete(playing) !== true) return
    await end(playing.row, reason)
    playing.node.end(playing.lease)
    tell(playing.node)
  }

  /** One node dies, and one that died comes back: its sessions end, whatever their players are doing. */
  const down: SeatNode[] = []
  async function strike(): Promise<void> {
    const back = down.length > 20 ? down.shift() : undefined
    back?.start()
    if (back !== undefined) tell(back)
    // Where somebody plays, so that it hurts.
    const busy = [...playingOn.entries()].filter(([, sessions]) => sessions.size > 0)
    const [nodeId = nodeIds[0] ?? ''] = busy[Math.floor(random() * busy.length)] ?? []
    const node = nodes.get(nodeId)
    if (node === undefined || !node.isUp) return
    node.die()
    nodesDied += 1
    down.push(node)
    tell(node)
    const hit = [...(playingOn.get(nodeId) ?? [])]
    playingOn.delete(nodeId)
    endedByDeath += hit.length
    await Promise.all(hit.map(({ row }) => end(row, 'edge-gone')))
  }

  async function client(number: number): Promise<void> {
    const open: Playing[] = []
    while (begun < run.reservations) {
      begun += 1
      const player = run.players[Math.floor(random() * run.players.length)]
      if (player === undefined) return
      const guestId = `guest-${number}-${Math.floor(random() * guestsPerClient)}`
      const playing = await reserve(player, guestId)
      done += 1
      if (done % 5000 === 0) run.progress(`${done} of ${run.reservations} reservations`)
      if (playing !== null) {
        const sessions = playingOn.get(playing.node.nodeId)
        if (!playing.node.isUp) await stopDead(playing)
        else if (sessions === undefined) playingOn.set(playing.node.nodeId, new Set([playing]))
        else sessions.add(playing)
        open.push(playing)
      }
      if (open.length > openPerClient) {
        const oldest = open.shift()
        if (oldest !== undefined) await stop(oldest, 'player-ended')
      }
      if (random() < 1 / deathEvery) await strike()
    }
  }

  /** It died between taking the seat and telling so. */
  async function stopDead({ row }: Playing): Promise<void> {
    endedByDeath += 1
    await end(row, 'edge-gone')
  }

  const beganMs = performance.now()
  await Promise.all(Array.from({ length: run.clients }, (_, number) => client(number)))
  return { tookS: (performance.now() - beganMs) / 1000, refusals, nodesDied, endedByDeath }
}

/** Acknowledged reservations that the store does not tell of as they were: open ones as open, ended ones as ended. */
export async function countLost(
  store: Store,
  audit: Audit,
  progress: (text: string) => void,
): Promise<number> {
  let lost = 0
  const open = new Set((await store.sessions.open()).map(({ id }) => id))
  const sessions = [...audit.sessions]
  for (let from = 0; from < sessions.length; from += readAtOnce) {
    if (from % 20_000 < readAtOnce) progress(`checking ${from} of ${sessions.length}`)
    const kept = await Promise.all(
      sessions
        .slice(from, from + readAtOnce)
        .map(async ([sessionId, ended]) =>
          ended ? (await store.sessions.find(sessionId))?.state.kind === 'ended' : open.has(sessionId),
        ),
    )
    lost += kept.filter((isKept) => !isKept).length
  }
  return lost
}
