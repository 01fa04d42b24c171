import { decide } from '../../../server/placement/decide.ts'
import { createHistory } from '../../../server/placement/routing/history.ts'
import { estimates, firstRound, nextRound } from '../../../server/placement/routing/rounds.ts'
import type { Tuning } from '../../../server/placement/routing/tuning.ts'
import type {
  ClientHistory,
  RttEstimate,
  SiteRtt,
  Whereabouts,
} from '../../../server/placement/routing/types.ts'
import { siteViews } from '../../../server/placement/siteViews.ts'
import type { HistoryStore } from '../../../server/store/store.ts'
import { probeOf } from './players.ts'
import type { Random } from './random.ts'
import { type Choice, nowMs, type World } from './world.ts'

const budget = 16
const day = 86_400_000
/** From the player's network, one a day. */
const earlierVisits = 3

interface Visit extends Choice {
  readonly probed: readonly SiteRtt[]
}

/** One visit of a player: probes as the product names them, round by round, then the product's decision. */
function visit(
  world: World,
  client: number,
  place: Whereabouts,
  history: ClientHistory,
  most: number,
  random: Random,
  tuning: Tuning | undefined,
): Visit {
  const probed: SiteRtt[] = []
  const unanswered: string[] = []
  const input = { table: world.table, place, history, budget: most, closed: new Set<string>() }
  let named = firstRound(input, tuning)
  while (named.length > 0) {
    for (const siteId of named) {
      const measured = probeOf(world.file, client, Number(siteId), random)
      if (measured === null) unanswered.push(siteId)
      else probed.push({ siteId, ...measured })
    }
    named = nextRound({ ...input, probed, unanswered }, tuning)
  }
  const made = estimates({ ...input, probed }, tuning)
  const site = decided(world, `client-${client}`, place, probed, unanswered, made)
  return { site, probes: probed.length + unanswered.length, probed }
}

/** Between nodes that differ in nothing but their place in the network. */
function decided(
  { table, nodes }: World,
  sessionId: string,
  place: Whereabouts,
  probed: readonly SiteRtt[],
  unanswered: readonly string[],
  made: ReadonlyMap<string, RttEstimate>,
): number {
  const seen = table.sites.map((site) => ({ ...site, use: 0 }))
  const answered = new Map(probed.map((probe) => [probe.siteId, probe]))
  const { chosenNodeId } = decide({
    sessionId,
    nowMs,
    title: { id: 'game', latencyBudgetMs: null, allow: null },
    codecs: ['h264'],
    displayIntervalMs: 1000 / 60,
    nodes,
    sites: siteViews(seen, { answered, silent: new Set(unanswered) }, made, place),
    refusedBy: new Set(),
    qualityMs: new Map(),
    warm: new Set(),
    last: null,
  })
  return Number(chosenNodeId ?? -1)
}

export const ours = (
  world: World,
  client: number,
  place: Whereabouts,
  random: Random,
  tuning?: Tuning,
): Choice => visit(world, client, place, new Map(), budget, random, tuning)

/** With half the probes, in a network from which others have played on the days before, with half the probes as well. */
export async function oursWithHistory(
  world: World,
  client: number,
  place: Whereabouts,
  random: Random,
  tuning?: Tuning,
): Promise<Choice> {
  let clockMs = nowMs - earlierVisits * day
  const history = createHistory(noStore, { now: () => clockMs })
  for (let earlier = 0; earlier < earlierVisits; earlier++) {
    const known = await history.of(prefix)
    const { site, probed } = visit(world, client, place, known, budget / 2, random, tuning)
    for (const { siteId, rttMs } of probed) await history.record(prefix, siteId, rttMs, 'probe', clockMs)
    const played = probeOf(world.file, client, site, random)
    if (played !== null) await history.record(prefix, String(site), played.rttMs, 'session', clockMs)
    clockMs += day
  }
  return visit(world, client, place, await history.of(prefix), budget / 2, random, tuning)
}

const prefix = '203.0.113.0/24'
const noStore: HistoryStore = { of: async () => [], put: async () => {}, forget: async () => {} }
