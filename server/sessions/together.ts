import { type PartyEntry, playerName } from '../../config/protocol/party.ts'
import type { PlacementReport } from '../../config/protocol/placement.ts'
import type { SessionEvent } from '../../config/protocol/session.ts'
import { createChooser } from '../placement/chooser.ts'
import { demandsOf, type TitleDemands } from '../placement/decideLimits.ts'
import type { SeenSite } from '../placement/fleetIndex.ts'
import type { HeldAt } from '../placement/holds.ts'
import type { RankedSite } from '../placement/partySites.ts'
import { partyPart, partyWords } from '../placement/partyWords.ts'
import type { RttEstimate } from '../placement/routing/types.ts'
import type { NodeSnapshot } from '../placement/snapshot.ts'
import type { SessionBuild } from '../store/publishingStore.ts'
import type { SessionContext } from './context.ts'
import type { Keeper } from './keeper.ts'
import type { LiveSession } from './live.ts'
import type { Starter } from './starter.ts'
import { versionOf } from './versionOf.ts'
import type { Weighing } from './weighing.ts'

export interface TogetherPlayer {
  readonly guestId: string
  /** What the others know this player by. */
  readonly number: number
  /** Of the session that is to be made. */
  readonly sessionId: string
  /** Null when it is not known any more. */
  readonly ip: string | null
  readonly entry: PartyEntry
  /** By site id. */
  readonly estimates: ReadonlyMap<string, RttEstimate>
}

export interface TogetherAsk {
  readonly titleId: string
  readonly players: readonly TogetherPlayer[]
  /** One session for all of them, which the first one owns, on one seat; otherwise one each. */
  readonly shared: boolean
  /** Best first; of those that can take all, the first few are tried. */
  readonly sites: readonly RankedSite[]
  /** Seats are held for all, and the sessions are about to be made. */
  seated(siteId: string): Promise<void>
}

export type TogetherOutcome =
  | { readonly kind: 'seated'; readonly siteId: string }
  | { readonly kind: 'no-site' }
  /** Its publisher has taken the title away. */
  | { readonly kind: 'withdrawn' }
  /** This player has as many sessions open as one may have. */
  | { readonly kind: 'too-many'; readonly number: number }

/** Gives every one of several players a session on one site, or none of them; or one session to all. */
export type Together = (ask: TogetherAsk) => Promise<TogetherOutcome>

interface Wish extends TogetherAsk {
  readonly demands: TitleDemands
  readonly build?: SessionBuild
}

interface Seat {
  readonly player: TogetherPlayer
  readonly nodeId: string
  readonly leaseId: string
  readonly fence: number
}

/** A node that is up answers in milliseconds. */
const answerWithinMs = 2_000
/** From the first seat that is held to the last session that is made. */
const holdMs = 15_000
const mostSites = 3
/** Asking the rest of a site's nodes once more is quicker than moving everybody. */
const roundsOfASite = 2
/** Of the site, in a report. */
const nodesShown = 4

export function createTogether(
  context: SessionContext,
  keeper: Keeper,
  { weighing, starter }: { weighing: Weighing; starter: Starter },
): Together {
  const { store, catalogue, fleet, holds, quality, clock, log, count, settings } = context

  /** The usual decision, with only these nodes to choose from. */
  function decideAmong(
    nodes: readonly NodeSnapshot[],
    title: TitleDemands,
    { sessionId, entry, estimates }: TogetherPlayer,
    refusedBy: ReadonlySet<string>,
    heldAt: HeldAt | null,
  ): PlacementReport | null {
    const held = heldAmong(nodes, heldAt)
    const look = { nodes, sites: sitesOf(nodes), warm: new Set<string>(), held }
    const choose = createChooser({ find: fleet.index.find, look: () => look }, quality, clock)
    const { codecs, stream, probes } = entry
    const asked = { sessionId, title, codecs, fps: stream.fps, probes }
    return choose({ ...asked, playerAt: null, estimates, refusedBy, last: null })
  }

  function heldAmong(nodes: readonly NodeSnapshot[], heldAt: HeldAt | null): ReadonlyMap<string, number> {
    const held = new Map<string, number>()
    for (const { nodeId } of heldAt === null ? [] : nodes) {
      const untilMs = heldAt === null ? null : fleet.index.heldOn(nodeId, heldAt)
      if (untilMs !== null) held.set(nodeId, untilMs)
    }
    return held
  }

  /** Who needs a seat. */
  const takers = ({ players, shared }: TogetherAsk): readonly TogetherPlayer[] =>
    shared ? players.slice(0, 1) : players
  /** Who plays in the session of another one, numbered. */
  const guestsOf = ({ players, shared }: TogetherAsk): ReadonlyMap<string, number> =>
    new Map(shared ? players.slice(1).map(({ guestId }, index) => [guestId, index + 2]) : [])

  const release = ({ nodeId, leaseId }: Seat): void => void fleet.send(nodeId, { kind: 'release', leaseId })

  /** Each one's seat is counted as taken before the next one's is chosen. */
  async function holdAll(ask: Wish, siteId: string): Promise<readonly Seat[] | null> {
    const refusedBy = new Set<string>()
    const seats = new Map<string, Seat>()
    for (let round = 0; round < roundsOfASite && !keeper.isClosing; round += 1) {
      const missing = takers(ask).filter(({ guestId }) => !seats.has(guestId))
      await Promise.all(
        missing.map(async (player) => {
          const chosen = decideAmong(
            fleet.index.at(siteId),
            ask.demands,
            player,
            refusedBy,
            // Anew for each: what the one before has taken is not held any more.
            holds.against(ask),
          )
          const nodeId = chosen?.chosenNodeId ?? null
          if (nodeId === null) return
          const reply = await fleet.reserve(nodeId, {
            sessionId: player.sessionId,
            titleId: ask.titleId,
            ...versionOf(ask.build),
            codecs: player.entry.codecs,
            holdMs,
            timeoutMs: answerWithinMs,
          })
          if (reply.ok) {
            const { leaseId, fence } = reply
            seats.set(player.guestId, { player, nodeId, leaseId, fence })
            return
          }
          log.info({ session: player.sessionId, node: nodeId, why: reply.why }, 'node refused')
          refusedBy.add(nodeId)
        }),
      )
      if (seats.size === takers(ask).length) return [...seats.values()]
    }
    for (const seat of seats.values()) release(seat)
    return null
  }

  function reportOf(ask: Wish, { player, nodeId }: Seat, siteId: string): PlacementReport | null {
    const own = fleet.index.find(nodeId)
    const others = fleet.index.at(siteId).filter((node) => node.nodeId !== nodeId)
    const elsewhere = ask.sites.flatMap((site) => {
      const [first] = [...fleet.index.at(site.siteId)].sort((a, b) => b.seatsFree - a.seatsFree)
      return site.siteId === siteId || first === undefined ? [] : [first]
    })
    // As it was before this player's seat was taken.
    const before = own === null ? [] : [{ ...own, seatsFree: own.seatsFree + 1 }]
    const nodes = [...before, ...others.slice(0, nodesShown - 1), ...elsewhere]
    const report = decideAmong(nodes, ask.demands, player, new Set(), null)
    if (report === null) return null
    const chosen = report.candidates.find((candidate) => candidate.nodeId === nodeId)
    const rest = report.candidates.filter((candidate) => candidate !== chosen)
    const size = ask.players.length
    return {
      ...report,
      chosenNodeId: nodeId,
      candidates: chosen === undefined ? rest : [chosen, ...rest],
      // All of them read the same report of a session that they share.
      inWords: partyWords(
        ask.sites,
        siteId,
        ask.shared ? null : playerName(player.number),
        { players: size, seats: takers(ask).length },
        (id) => (ask.shared ? null : (player.estimates.get(id)?.rttMs ?? null)),
      ),
      party: partyPart(ask.sites, size),
    }
  }

  /** @returns null, or the number of a player who has too many sessions: then there are none */
  async function make(ask: Wish, seats: readonly Seat[], siteId: string): Promise<number | null> {
    const made: { live: LiveSession; seat: Seat }[] = []
    const guests = guestsOf(ask)
    const { titleId, build } = ask
    for (const seat of seats) {
      const { guestId, sessionId, entry, number } = seat.player
      const nowMs = clock.now()
      const request = { ...entry, titleId, idempotencyKey: sessionId }
      await store.players.put(sessionId, guests)
      const creation = await store.sessions.create(
        {
          id: sessionId,
          guestId,
          titleId,
          ...(build === undefined ? {} : { build }),
          request,
          createdAtMs: nowMs,
        },
        settings.sessionsPerGuest,
      )
      if (creation.kind === 'created') {
        made.push({ live: keeper.adopt(creation.session, guests), seat })
        continue
      }
      for (const other of seats) release(other)
      for (const { live } of made) await keeper.end(live, 'player-ended', 'The party did not start.')
      return number
    }
    await Promise.all(
      made.map(({ live, seat }) => keeper.background(live, () => begin(live, seat, ask, siteId))),
    )
    return null
  }

  async function begin(live: LiveSession, seat: Seat, ask: Wish, siteId: string): Promise<void> {
    const { nodeId, leaseId, fence } = seat
    // While the sessions were written.
    if (catalogue.isWithdrawn(ask.titleId)) {
      release(seat)
      return keeper.end(live, 'title-withdrawn', null)
    }
    live.ip = seat.player.ip
    const report = reportOf(ask, seat, siteId)
    const seated: SessionEvent[] = [
      { kind: 'place', nodeId },
      { kind: 'reserve', leaseId, fence },
    ]
    const isReserved = await live.run(() => keeper.advanceBy(live, seated, report))
    if (!isReserved) return release(seat)
    weighing.seated(live)
    count.placed(clock.now() - live.row.createdAtMs)
    await starter.start(live)
    // For the case that it loses its node, and for those who come later.
    await weighing.locate(live, seat.player.ip)
    weighing.counted(live)
  }

  return async (asked) => {
    const [first] = asked.players
    const offer = first === undefined ? null : catalogue.offer(asked.titleId, first.guestId)
    if (offer === null) return { kind: catalogue.isWithdrawn(asked.titleId) ? 'withdrawn' : 'no-site' }
    // All of them play the same version.
    const demands = demandsOf(offer.manifest, offer.build)
    const ask: Wish = { ...asked, demands, ...(offer.build === undefined ? {} : { build: offer.build }) }
    for (const { guestId, number } of takers(ask)) {
      const open = await store.sessions.open(guestId)
      if (open.length >= settings.sessionsPerGuest) return { kind: 'too-many', number }
    }
    const able = ask.sites.filter(({ ruledOut }) => ruledOut === null)
    for (const { siteId } of able.slice(0, mostSites)) {
      const seats = await holdAll(ask, siteId)
      if (seats === null) continue
      // While nodes were asked.
      if (catalogue.isWithdrawn(ask.titleId)) {
        for (const seat of seats) release(seat)
        return { kind: 'withdrawn' }
      }
      await ask.seated(siteId)
      const number = await make(ask, seats, siteId)
      return number === null ? { kind: 'seated', siteId } : { kind: 'too-many', number }
    }
    return { kind: 'no-site' }
  }
}

/** The sites of these nodes, as a decision sees them. */
function sitesOf(nodes: readonly NodeSnapshot[]): readonly SeenSite[] {
  const sites = new Map<string, { lat: number | null; lon: number | null; seats: number; free: number }>()
  for (const { siteId, lat, lon, seats, seatsFree } of nodes) {
    const before = sites.get(siteId) ?? { lat, lon, seats: 0, free: 0 }
    sites.set(siteId, { ...before, seats: before.seats + seats, free: before.free + seatsFree })
  }
  return Array.from(sites, ([id, { lat, lon, seats, free }]) => ({
    id,
    lat,
    lon,
    use: seats > 0 ? 1 - free / seats : 1,
  }))
}
