import { createChooser } from '../../../server/placement/chooser.ts'
import type { FleetIndex } from '../../../server/placement/fleetIndex.ts'
import type { Prior } from '../../../server/placement/prior.ts'
import { createNodeQuality } from '../../../server/placement/quality.ts'
import type { Player } from './players.ts'

export interface DecisionFigures {
  /** By one core: the processor time of all threads counts. */
  readonly perCoreSecond: number
  /** By the clock. */
  readonly perSecond: number
  /** From the address to the choice. */
  readonly latenciesMs: Float64Array
  readonly candidatesMean: number
  readonly placedPercent: number
}

/** Sessions that play at once, of those that the bench has placed. */
const playing = 10_000
/**
 * Each decision looks its address up, chooses, takes the seat and frees one that was taken before, so that the fleet changes
 * twice with every decision.
 */
export async function measureDecisions(
  count: number,
  index: FleetIndex,
  players: readonly Player[],
  prior: Prior,
): Promise<DecisionFigures> {
  const choose = createChooser(index, createNodeQuality({ now: Date.now }), { now: Date.now })
  const latenciesMs = new Float64Array(count)
  const held: string[] = []
  let candidates = 0
  let placed = 0

  const take = (nodeId: string, seats: number): void => {
    const node = index.find(nodeId)
    if (node !== null) index.put({ ...node, seatsFree: node.seatsFree + seats })
  }

  async function work(): Promise<void> {
    for (let turn = 0; turn < count; turn++) {
      const player = players[turn % players.length]
      if (player === undefined) return
      const beganMs = performance.now()
      const playerAt = await prior.lookup(player.ip)
      const report = choose({
        sessionId: `session-${turn}`,
        title: { id: player.titleId, latencyBudgetMs: null, allow: null },
        codecs: ['h264', 'vp8'],
        fps: 60,
        probes: player.probes,
        playerAt,
        estimates: noEstimates,
        refusedBy: nobody,
        last: null,
      })
      latenciesMs[turn] = performance.now() - beganMs
      candidates += report.candidates.length
      if (report.chosenNodeId === null) continue
      placed += 1
      take(report.chosenNodeId, -1)
      held.push(report.chosenNodeId)
      const oldest = held.length > playing ? held[turn % playing] : undefined
      if (oldest !== undefined) {
        take(oldest, 1)
        held[turn % playing] = held.pop() ?? oldest
      }
    }
  }

  const cpuBefore = process.cpuUsage()
  const beganMs = performance.now()
  await work()
  const tookS = (performance.now() - beganMs) / 1000
  const cpu = process.cpuUsage(cpuBefore)
  for (const nodeId of held) take(nodeId, 1)
  return {
    perCoreSecond: count / ((cpu.user + cpu.system) / 1e6),
    perSecond: count / tookS,
    latenciesMs,
    candidatesMean: candidates / count,
    placedPercent: (placed / count) * 100,
  }
}

const noEstimates = new Map<string, never>()
const nobody = new Set<string>()
