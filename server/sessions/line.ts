import type { WaitOffer, WaitView } from '../../config/protocol/api.ts'
import type { SessionState } from '../../config/protocol/session.ts'
import { type BusySeat, etaMs } from '../queue/eta.ts'
import { type Prospect, prospectOf } from '../queue/prospect.ts'
import {
  emptyQueue,
  endOfLine,
  enqueue,
  leave,
  type Queue,
  type QueueEntry,
  type Standing,
  standing,
  standings,
} from '../queue/queue.ts'
import { prefixOf } from '../placement/routing/prefix.ts'
import { regionOf, seatClassOf } from '../queue/region.ts'
import type { SessionContext } from './context.ts'
import type { Keeper } from './keeper.ts'
import type { Lengths } from './lengths.ts'
import { type LiveSession, nodeOf } from './live.ts'
import { rememberedProspect } from './remembered.ts'
import type { Weighing } from './weighing.ts'
import { createWishes } from './wishes.ts'

/** The sessions in line: the queue is exactly those whose state is `waiting`, so the store has it too. */
export interface Line {
  readonly queue: Queue
  /** Takes up those that waited before the router was restarted, with what was known of their waits. */
  adopt(lives: readonly LiveSession[]): void
  /** Into the line. False: no node that is online will ever take it. */
  enter(live: LiveSession): Promise<boolean>
  /** Looks again at what there is for it. */
  look(live: LiveSession): Prospect | null
  /** Those in line for whom a seat of this site would do. */
  wanting(siteId: string): number
  /** The guest's other windows go behind everybody: one of them got its seat. */
  moveBack(entries: readonly QueueEntry[]): void
  /** For the player's page. Null: it does not wait. */
  waitOf(live: LiveSession): WaitView | null
  /** What is done every two seconds: looks again, expects anew, drops who is gone, shows. */
  tick(): void
}

/** What there is for somebody changes slowly: nodes come and go, seats are watched as they come free. */
const lookEveryMs = 10_000
/** Nodes come back within a second or two of a router's restart; what was known before is the best guess until then. */
export const nodesComeWithinMs = 3_000
/** Looks of one tick, each two decisions. */
const looksAtOnce = 50
/** Expected waits of one tick, about a millisecond each. */
const expectedAtOnce = 25
/** How long everybody has sat there matters little within a moment. */
const busyForMs = 1_900
/** Waits are told in steps of this many ms, so that pages need not be told anew all the time. */
const etaStepMs = 10_000

type Waiting = Extract<SessionState, { kind: 'waiting' | 'held' }>

export function createLine(
  context: SessionContext,
  keeper: Keeper,
  weighing: Weighing,
  lengths: Lengths,
): Line {
  const { catalogue, clock, fleet, log, settings, store } = context
  let queue = emptyQueue
  /** Where everybody in this very queue stands. */
  let numbered: { readonly queue: Queue; readonly standings: ReadonlyMap<string, Standing> } | null = null
  const wishes = createWishes()
  let busy: { readonly bySite: ReadonlyMap<string, readonly BusySeat[]>; readonly atMs: number } | null = null
  let ticks = 0

  const entryOf = ({ row }: LiveSession, state: SessionState): QueueEntry | null =>
    state.kind === 'waiting'
      ? {
          sessionId: row.id,
          guestId: row.guestId,
          region: state.region,
          seatClass: state.seatClass,
          sinceMs: state.sinceMs,
        }
      : null

  function changed(live: LiveSession, before: SessionState): void {
    const [from, to] = [entryOf(live, before), entryOf(live, live.row.state)]
    if (from !== null) queue = leave(queue, from)
    if (to !== null) queue = enqueue(queue, to)
    wishes.put(live)
    note(live, before)
  }
  keeper.onChange(changed)

  /** Keeps where somebody comes from for as long as they wait. */
  function note({ row, ip }: LiveSession, before: SessionState): void {
    const network = ip === null ? null : prefixOf(ip)
    const [did, does] = [isInLine(before), isInLine(row.state)]
    if (network === null || did === does) return
    const noted = does ? store.waits.put(row.id, network) : store.waits.drop(row.id)
    noted.catch((cause: unknown) => log.warn({ err: cause, session: row.id }, 'a wait could not be noted'))
  }

  function look(live: LiveSession): Prospect | null {
    const [within, anywhere] = [weighing.weigh(live, 'agreed'), weighing.weigh(live, 'any')]
    const hasSeats = (nodeId: string): boolean => (fleet.index.find(nodeId)?.seats ?? 0) > 0
    live.wait.prospect = within && anywhere && prospectOf(within, anywhere, hasSeats)
    live.wait.lookedAtMs = clock.now()
    wishes.put(live)
    return live.wait.prospect
  }

  const waitingLives = (): readonly LiveSession[] =>
    keeper.all().filter(({ row }) => row.state.kind === 'waiting')

  /** Of a node that is not back yet after a restart of the router, the decision that led to it tells. */
  const siteOf = ({ row }: LiveSession, nodeId: string): string | undefined =>
    (fleet.index.find(nodeId) ?? row.placement?.candidates.find((candidate) => candidate.nodeId === nodeId))
      ?.siteId

  /** Everybody who sits on a seat, by site, as of a moment ago. */
  function busySeats(): ReadonlyMap<string, readonly BusySeat[]> {
    const nowMs = clock.now()
    if (busy === null || Math.abs(nowMs - busy.atMs) >= busyForMs)
      busy = { bySite: seatsTaken(nowMs), atMs: nowMs }
    return busy.bySite
  }

  function seatsTaken(nowMs: number): ReadonlyMap<string, readonly BusySeat[]> {
    const bySite = new Map<string, BusySeat[]>()
    for (const live of keeper.all()) {
      const nodeId = nodeOf(live)
      const siteId = nodeId === null ? undefined : siteOf(live, nodeId)
      if (siteId === undefined) continue
      const seat = {
        ageMs: Math.max(0, nowMs - (live.past.seatedAtMs ?? nowMs)),
        lengthsMs: lengths.of(live.row.titleId),
      }
      const others = bySite.get(siteId)
      if (others === undefined) bySite.set(siteId, [seat])
      else others.push(seat)
    }
    return bySite
  }

  function standingOf({ row: { id, guestId, state } }: LiveSession): Standing | null {
    if (numbered?.queue === queue) return numbered.standings.get(id) ?? null
    return standing(queue, { ...placeOf(state), sessionId: id, guestId })
  }
  /** Where many are asked about at once. */
  function numberAll(): void {
    if (numbered?.queue !== queue) numbered = { queue, standings: standings(queue) }
  }

  function expect(live: LiveSession): void {
    const { prospect } = live.wait
    const taken = busySeats()
    const at = standingOf(live)
    const within = (sites: Iterable<string>): number | null => {
      const seats = [...sites].flatMap((siteId) => taken.get(siteId) ?? [])
      const eta = at === null ? null : etaMs(at.position, seats)
      return eta === null ? null : Math.ceil(eta / etaStepMs) * etaStepMs
    }
    const [reach, wider] = [prospect?.reach ?? [], prospect?.wider ?? []]
    live.wait.etaMs = within(reach)
    live.wait.widerEtaMs = within([...reach, ...wider])
  }

  return {
    get queue() {
      return queue
    },
    adopt(lives) {
      for (const live of lives) {
        live.wait.prospect = rememberedProspect(live.row.placement)
        changed(live, { kind: 'requested' })
        live.wait.lookedAtMs = clock.now() - lookEveryMs + nodesComeWithinMs
      }
      numberAll()
      for (const live of lives) expect(live)
    },
    async enter(live) {
      const prospect = look(live)
      const title = catalogue.of(live.row)
      const node = prospect === null ? null : fleet.index.find(prospect.nearest)
      if (title === null || node === null) return false
      const line = { region: regionOf(node), seatClass: seatClassOf(title) }
      await live.run(() => {
        // Who has lost a node has waited since their request: nobody who came later goes before them.
        const sinceMs =
          live.past.again?.begun === true ? live.row.createdAtMs : endOfLine(queue, line, clock.now())
        return keeper.advance(live, { kind: 'wait', ...line, sinceMs, budgetMs: null })
      })
      expect(live)
      keeper.show(live)
      return true
    },
    look,
    wanting: wishes.of,
    moveBack(entries) {
      for (const { sessionId, sinceMs } of entries) {
        const live = keeper.find(sessionId)
        if (live === null) continue
        void keeper.background(live, () =>
          live.run(async () => {
            const { state } = live.row
            if (state.kind === 'waiting') await keeper.advance(live, { ...state, kind: 'wait', sinceMs })
          }),
        )
      }
    },
    waitOf(live) {
      const { state } = live.row
      if (state.kind !== 'waiting' && state.kind !== 'held') return null
      const { prospect, etaMs: expectedMs } = live.wait
      const at = standingOf(live)
      const isInReach = prospect !== null && prospect.reach.size > 0
      return {
        why: prospect?.why ?? 'full',
        region: state.region,
        seatClass: state.seatClass,
        position: isInReach ? (at?.position ?? null) : null,
        length: at?.length ?? 0,
        etaMs: isInReach ? expectedMs : null,
        offers: state.kind === 'held' || prospect === null ? [] : offersOf(prospect, live.wait.widerEtaMs),
        hold: state.kind === 'held' ? holdOf(live, state) : null,
      }
    },
    tick() {
      const nowMs = clock.now()
      const lives = waitingLives()
      const stale = lives.filter(({ wait }) => Math.abs(nowMs - wait.lookedAtMs) >= lookEveryMs)
      // With no node online, what was seen last is the best that is known.
      if (fleet.index.size > 0) for (const live of stale.slice(0, looksAtOnce)) look(live)
      numberAll()
      ticks += 1
      const turns = Math.ceil(lives.length / expectedAtOnce)
      for (const [index, live] of lives.entries()) {
        if (live.followers.size > 0) live.wait.seenAtMs = nowMs
        if (live.wait.seenAtMs > nowMs) live.wait.seenAtMs = nowMs
        if (nowMs - live.wait.seenAtMs >= settings.graceMs) {
          void keeper.background(live, () =>
            keeper.end(live, 'queue-left', 'Its page was closed.', ['waiting']),
          )
          continue
        }
        if (turns <= 1 || index % turns === ticks % turns) expect(live)
        keeper.show(live)
      }
    },
  }

  function holdOf(live: LiveSession, state: Extract<SessionState, { kind: 'held' }>): WaitView['hold'] {
    const candidate = live.row.placement?.candidates.find(({ nodeId }) => nodeId === state.nodeId)
    const leftMs = state.confirmByMs - clock.now()
    return {
      siteName: candidate?.siteName ?? fleet.index.find(state.nodeId)?.siteName ?? '',
      rttMs: candidate?.rttMs ?? null,
      leftMs: Math.min(settings.confirmMs, Math.max(0, leftMs)),
      ofMs: settings.confirmMs,
    }
  }
}

const isInLine = ({ kind }: SessionState): boolean => kind === 'waiting' || kind === 'held'

const placeOf = (state: SessionState): Pick<Waiting, 'region' | 'seatClass'> =>
  'region' in state ? state : { region: '', seatClass: '' }

function offersOf({ reach, farther, widerBudgetMs }: Prospect, widerEtaMs: number | null): WaitOffer[] {
  const wider: WaitOffer[] =
    widerBudgetMs === null ? [] : [{ kind: 'lower-budget', budgetMs: widerBudgetMs, etaMs: widerEtaMs }]
  return [...(reach.size > 0 ? [{ kind: 'queue' as const }] : []), ...farther, ...wider]
}
