import { mostInParty } from '../../config/protocol/party.ts'
import type { Outcome } from '../store/publishingStore.ts'

/**
 * Whether a canary does worse than what is live, looked at after every session that ends. It is the sequential probability ratio test of
 * Wald (Sequential Tests of Statistical Hypotheses, 1945) in the conditional form that vaccine safety is watched with (Kulldorff et al., A
 * Maximized Sequential Probability Ratio Test, 2011): if both versions fail alike, a failure is the canary's as often as sessions are; if
 * the canary fails `ratio` times as often, more often. As nobody knows the ratio, the evidence is the mean over several of them, which is
 * a test martingale just as each of them is: by Ville's inequality it passes 1 / alpha with a probability of alpha, however often one looks.
 */
const ratios = [1.5, 2, 4, 8] as const
/** Of taking back a version that is as good as the other one, for each of the two questions. */
const alpha = 0.01
/**
 * The test takes failures for independent of each other. Those of one player are not, nor those of one network, whose address anybody may
 * bring many guests from: each counts up to the first one with a version. Nor are those of one node: it takes failures on two, or of more
 * players than a party has where no other one had the canary at all.
 */
const leastPlayers = 3
const leastPlayersOnOneNode = mostInParty + 1
/** Until more sessions are known, the share of players that was asked for speaks for so many. */
const assumedSessions = 20

interface Race {
  readonly canary: { readonly sessions: number; readonly failed: number }
  readonly live: { readonly sessions: number; readonly failed: number }
  /** Likelihood ratio of each of `ratios` against equality. */
  readonly evidence: readonly number[]
  /** Nodes that the canary failed on, and all that had it. */
  readonly failedOn: Set<string>
  readonly servedBy: Set<string>
  /** Players and networks that have failed with a version. */
  readonly out: Set<string>
}
const start = (): Race => ({
  failedOn: new Set(),
  servedBy: new Set(),
  out: new Set(),
  canary: { sessions: 0, failed: 0 },
  live: { sessions: 0, failed: 0 },
  evidence: ratios.map(() => 1),
})

type Side = 'canary' | 'live'

function next(
  race: Race,
  { version, playerId, network, nodeId }: Outcome,
  side: Side,
  isFailed: boolean,
  share: number,
): Race {
  const { canary, live } = race
  // A version has no spaces.
  const player = `${version} player ${playerId}`
  const from = network === null ? player : `${version} network ${network}`
  if (side === 'canary') race.servedBy.add(nodeId ?? '')
  if (race.out.has(player) || race.out.has(from)) return race
  const own = race[side]
  const counted = { sessions: own.sessions + 1, failed: own.failed + (isFailed ? 1 : 0) }
  const after = { ...race, [side]: counted }
  if (!isFailed) return after
  const known = canary.sessions + live.sessions
  const expected = (canary.sessions + share * assumedSessions) / (known + assumedSessions)
  const evidence = ratios.map((ratio, index) => {
    const likelihood = (side === 'canary' ? ratio : 1) / (expected * ratio + 1 - expected)
    return (race.evidence[index] ?? 1) * likelihood
  })
  if (side === 'canary') race.failedOn.add(nodeId ?? '')
  race.out.add(player).add(from)
  return { ...after, evidence }
}

/** Where others had it and one alone failed, that is the node's own trouble. */
const leastFailures = ({ failedOn, servedBy }: Race): number =>
  failedOn.size > 1 ? leastPlayers : servedBy.size > 1 ? Infinity : leastPlayersOnOneNode

const isWorse = (race: Race): boolean =>
  race.canary.failed >= leastFailures(race) &&
  race.evidence.reduce((sum, one) => sum + one, 0) / race.evidence.length > 1 / alpha

/**
 * @param outcomes of sessions that came since the canary did, in the order in which they ended
 * @param percent of players that get it
 * @returns why it has to be taken back; null: it does not
 */
export function canaryFault(
  outcomes: Iterable<Outcome>,
  { version, percent }: { readonly version: string; readonly percent: number },
): string | null {
  let starts = start()
  let crashes = start()
  for (const outcome of outcomes) {
    const { version: played, channel, reason, playAtMs } = outcome
    if (channel === 'staging') continue
    const side = played === version ? 'canary' : 'live'
    const isFailedStart = playAtMs === null && failsToStart.has(reason)
    if (playAtMs !== null || isFailedStart) starts = next(starts, outcome, side, isFailedStart, percent / 100)
    if (playAtMs !== null) crashes = next(crashes, outcome, side, reason === 'game-crashed', percent / 100)
    if (isWorse(starts)) return inWords('failed to start', starts)
    if (isWorse(crashes)) return inWords('crashed', crashes)
  }
  return null
}

/** By the title's own fault, as far as that can be told: `node-failed` is what a node says of itself. */
const failsToStart: ReadonlySet<string> = new Set([
  'start-failed',
  'start-timeout',
  'game-crashed',
  'game-exited',
])

const inWords = (what: string, { canary, live }: Race): string =>
  `${canary.failed} of its ${canary.sessions} sessions ${what}, of ${live.sessions} with the live version ${live.failed}`
