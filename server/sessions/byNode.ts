import { type LiveSession, nodeOf } from './live.ts'

/** The live sessions of each node: thousands of nodes tell how they are every few seconds, and each has a few of all sessions. */
export interface ByNode {
  /** After it came, or its state changed. */
  put(live: LiveSession): void
  of(nodeId: string): readonly LiveSession[]
}

export function createByNode(): ByNode {
  const nodes = new Map<string, Set<LiveSession>>()
  /** Where each one is kept. */
  const places = new WeakMap<LiveSession, string>()

  function take(live: LiveSession, nodeId: string): void {
    const lives = nodes.get(nodeId)
    lives?.delete(live)
    if (lives?.size === 0) nodes.delete(nodeId)
    places.delete(live)
  }

  return {
    put(live) {
      const [before, nodeId] = [places.get(live) ?? null, nodeOf(live)]
      if (before === nodeId) return
      if (before !== null) take(live, before)
      if (nodeId === null) return
      const lives = nodes.get(nodeId)
      if (lives === undefined) nodes.set(nodeId, new Set([live]))
      else lives.add(live)
      places.set(live, nodeId)
    },
    of: (nodeId) => [...(nodes.get(nodeId) ?? [])],
  }
}
