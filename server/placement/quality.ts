import type { EndReason } from '../../config/protocol/session.ts'

/** How well sessions went on each node lately. */
export interface NodeQuality {
  /** A session on the node is over. */
  record(nodeId: string, reason: EndReason): void
  /** The decision's quality term of these nodes, ms; nodes without a blemish are left out. */
  penalties(nodeIds: Iterable<string>): ReadonlyMap<string, number>
}

/** What the node, and neither player nor game, is to blame for. */
const troubles: ReadonlySet<EndReason> = new Set([
  'session-crashed',
  'start-failed',
  'start-timeout',
  'node-failed',
  'edge-gone',
])
/** A node where every session fails is worth less than any other within reach. */
const worstMs = 200
/** Counted as if they had gone well, so that one bad evening does not condemn a node. */
const goodBefore = 4
const halfLifeMs = 30 * 60_000
/** Nodes of which nothing was heard for so long are forgotten. */
const forgottenBelow = 0.05

interface Tally {
  troubled: number
  all: number
  atMs: number
}

export function createNodeQuality(clock: { now(): number }): NodeQuality {
  const tallies = new Map<string, Tally>()

  /** As it counts now. */
  function age(tally: Tally): void {
    const factor = 0.5 ** (Math.max(0, clock.now() - tally.atMs) / halfLifeMs)
    tally.troubled *= factor
    tally.all *= factor
    tally.atMs = clock.now()
  }

  return {
    record(nodeId, reason) {
      const tally = tallies.get(nodeId) ?? { troubled: 0, all: 0, atMs: clock.now() }
      age(tally)
      tally.all += 1
      if (troubles.has(reason)) tally.troubled += 1
      tallies.set(nodeId, tally)
    },
    penalties(nodeIds) {
      const found = new Map<string, number>()
      for (const nodeId of nodeIds) {
        const tally = tallies.get(nodeId)
        if (tally === undefined || tally.troubled === 0) continue
        age(tally)
        if (tally.all < forgottenBelow) tallies.delete(nodeId)
        else found.set(nodeId, (worstMs * tally.troubled) / (tally.all + goodBefore))
      }
      return found
    },
  }
}
