import type { FromNode, ToNode } from '../../config/protocol/nodeSocket.ts'
import type { StunPing } from './stunPing.ts'

/**
 * Measures the way to other sites for as long as the node runs, so that the router knows how far they are from each other: each peer
 * is asked every half minute or so, and the least of three round trips counts.
 */
export interface MeshPings extends AsyncDisposable {
  /** Whom to measure from now on, in place of all others. */
  setPeers(peers: readonly MeshPeer[]): void
}

export type MeshPeer = Extract<ToNode, { kind: 'peers' }>['targets'][number]
type Measured = Extract<FromNode, { kind: 'pings' }>['results'][number]

export interface MeshPingOptions {
  readonly ping: StunPing
  send(message: Extract<FromNode, { kind: 'pings' }>): void
  readonly times?: Partial<MeshPingTimes>
  /** 0 up to 1. */
  readonly random?: () => number
}

export interface MeshPingTimes {
  /** From one measurement of a peer to the next, give or take a fifth: never all nodes at once. */
  readonly everyMs: number
  /** Between the questions of one measurement: one queue does not spoil all of them. */
  readonly gapMs: number
  /** Results wait for others up to here. */
  readonly reportMs: number
}

const defaultTimes: MeshPingTimes = { everyMs: 30_000, gapMs: 150, reportMs: 10_000 }
const questions = 3
/** A node behind many networks tells many addresses; the operator's come first. */
const maxAddresses = 4

export function startMeshPings(options: MeshPingOptions): MeshPings {
  const times = { ...defaultTimes, ...options.times }
  const random = options.random ?? Math.random
  const timers = new Map<string, NodeJS.Timeout>()
  const pauses = new Map<NodeJS.Timeout, () => void>()
  const running = new Set<Promise<void>>()
  let peers = new Map<string, MeshPeer>()
  let results: Measured[] = []
  let reporting: NodeJS.Timeout | null = null
  let closed = false

  const pause = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer)
        pauses.delete(timer)
        resolve()
      }
      const timer = setTimeout(done, ms)
      pauses.set(timer, done)
    })

  const plan = (nodeId: string, delayMs: number): void => {
    const measuring = (): void => {
      timers.delete(nodeId)
      const peer = peers.get(nodeId)
      if (peer === undefined || closed) return
      const work = measure(peer).finally(() => running.delete(work))
      running.add(work)
      if (!timers.has(nodeId)) plan(nodeId, times.everyMs * (0.8 + 0.4 * random()))
    }
    timers.set(nodeId, setTimeout(measuring, delayMs))
  }

  const measure = async (peer: MeshPeer): Promise<void> => {
    const { nodeId, port, ufrag, password } = peer
    const ask = (address: string): Promise<number | null> =>
      options.ping.ask({ address, port, ufrag, password })
    const ways = await Promise.all(
      peer.addresses.slice(0, maxAddresses).map(async (address) => ({ address, rttMs: await ask(address) })),
    )
    let best: { readonly address: string; readonly rttMs: number } | null = null
    for (const { address, rttMs } of ways)
      if (rttMs !== null && (best === null || rttMs < best.rttMs)) best = { address, rttMs }
    if (best === null) return
    const heard = [best.rttMs]
    while (heard.length < questions && !closed) {
      await pause(times.gapMs)
      const rttMs = closed ? null : await ask(best.address)
      if (rttMs === null) break
      heard.push(rttMs)
    }
    if (closed) return
    results.push({ nodeId, rttMs: Math.min(...heard), samples: heard.length })
    reporting ??= setTimeout(report, times.reportMs)
  }

  const report = (): void => {
    reporting = null
    options.send({ kind: 'pings', results })
    results = []
  }

  return {
    setPeers(next) {
      if (closed) return
      peers = new Map(next.map((peer) => [peer.nodeId, peer]))
      for (const [nodeId, timer] of timers) {
        if (peers.has(nodeId)) continue
        clearTimeout(timer)
        timers.delete(nodeId)
      }
      // Spread from the start: a router that has just started tells all nodes at once.
      for (const nodeId of peers.keys()) if (!timers.has(nodeId)) plan(nodeId, (times.everyMs / 4) * random())
    },
    async [Symbol.asyncDispose]() {
      closed = true
      for (const timer of timers.values()) clearTimeout(timer)
      if (reporting !== null) clearTimeout(reporting)
      for (const done of [...pauses.values()]) done()
      await options.ping[Symbol.asyncDispose]()
      await Promise.all(running)
    },
  }
}
