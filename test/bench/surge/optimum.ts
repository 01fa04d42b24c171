import { solveTransport } from '../../../server/placement/transport.ts'
import { type Figures, type Sample, Tally } from './simulate.ts'
import type { World } from './world.ts'

/**
 * The least excess that anything could reach: at each sample, all who play then are placed anew by min-cost flow, as if they could be
 * moved. No policy that leaves players where they are, with whatever knowledge of the future, does better.
 */
export function optimum(world: World, samples: readonly Sample[]): Figures {
  const tally = new Tally(world)
  const seats = [...world.seats].map((count) => [{ seats: count, costMs: 0 }])
  for (const sample of samples) {
    const { placed, left } = solveTransport({
      counts: [...sample],
      costsMs: world.rttMs,
      seats,
      leaveMs: [...sample].map(() => 100_000),
    })
    if (left.some((count) => count > 0)) throw new Error('More play than there are seats.')
    tally.add(placed)
  }
  return { ...tally.figures(), turnedAwayPercent: 0, waitMeanMs: 0 }
}
