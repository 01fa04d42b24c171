import type { Arrival, World } from './world.ts'

/** Seats and who is where; a policy reads it, the simulation writes it. */
export interface Floor {
  readonly world: World
  /** Seats in use per site. */
  readonly taken: Int32Array
}

export interface Policy {
  /** A player who asks now. Returns the site, or null to leave them in the queue until the next round. */
  onArrival(floor: Floor, client: number, nowMs: number): number | null
  /** Somebody who played at the site is gone. */
  onEnd?(site: number): void
  /** Every `roundMs`: a site per queued client, null for those who go on waiting. */
  readonly roundMs?: number
  onRound?(floor: Floor, queue: readonly number[], nowMs: number): readonly (number | null)[]
}

/** Of all who play, taken every ten minutes. */
export interface Figures {
  /** Round trip over that of the best site. */
  readonly excessMeanMs: number
  readonly excessP99Ms: number
  readonly rttMeanMs: number
  /** Of those who asked, the share that found no seat anywhere and went away. */
  readonly turnedAwayPercent: number
  /** Mean time from asking to a seat. */
  readonly waitMeanMs: number
}

/** How many of each client are playing. */
export type Sample = Int32Array

export interface Simulated {
  readonly figures: Figures
  readonly samples: readonly Sample[]
  /** Seats in use per site at the end. */
  readonly taken: Int32Array
}

const sampleMs = 10 * 60_000

interface Playing {
  readonly endMs: number
  readonly client: number
  readonly site: number
}

/** Event by event, on a clock of its own; nobody who plays is ever moved. */
export function simulate(world: World, policy: Policy): Simulated {
  const floor: Floor = { world, taken: new Int32Array(world.sites) }
  const running = new Int32Array(world.clients * world.sites)
  const playing = new EndHeap()
  const tally = new Tally(world)
  let queue: Arrival[] = []
  let [nextSampleMs, nextRoundMs] = [world.fromMs, policy.roundMs ?? Number.POSITIVE_INFINITY]
  let [asked, turnedAway, waitedMs] = [0, 0, 0]

  const seat = ({ client, startMs, lengthMs }: Arrival, site: number, nowMs: number): void => {
    floor.taken[site] = (floor.taken[site] ?? 0) + 1
    bump(running, client * world.sites + site, 1)
    playing.push({ endMs: nowMs + lengthMs, client, site })
    waitedMs += nowMs - startMs
  }
  const advance = (untilMs: number): void => {
    for (;;) {
      const nextEndMs = playing.nextMs()
      const nextMs = Math.min(nextEndMs, nextSampleMs, nextRoundMs)
      if (nextMs > untilMs) return
      if (nextMs === nextEndMs) {
        const { client, site } = playing.pop()
        bump(floor.taken, site, -1)
        bump(running, client * world.sites + site, -1)
        policy.onEnd?.(site)
      } else if (nextMs === nextSampleMs) {
        tally.add(running)
        nextSampleMs += sampleMs
      } else {
        queue = round(nextMs)
        nextRoundMs += policy.roundMs ?? Number.POSITIVE_INFINITY
      }
    }
  }
  const round = (nowMs: number): Arrival[] => {
    const sites =
      policy.onRound?.(
        floor,
        queue.map(({ client }) => client),
        nowMs,
      ) ?? []
    return queue.filter((arrival, index) => {
      const site = sites[index] ?? null
      if (site !== null) seat(arrival, site, nowMs)
      return site === null
    })
  }

  for (const arrival of world.arrivals) {
    advance(arrival.startMs)
    asked++
    const site = policy.onArrival(floor, arrival.client, arrival.startMs)
    if (site !== null) seat(arrival, site, arrival.startMs)
    else if (policy.onRound !== undefined) queue.push(arrival)
    else turnedAway++
  }
  advance(world.untilMs)
  return {
    samples: tally.samples,
    taken: floor.taken,
    figures: {
      ...tally.figures(),
      turnedAwayPercent: (turnedAway / asked) * 100,
      waitMeanMs: waitedMs / (asked - turnedAway),
    },
  }
}

const bump = (table: Int32Array, index: number, by: number): void => {
  table[index] = (table[index] ?? 0) + by
}

/** Weights by tenths of a millisecond of excess. */
export class Tally {
  readonly samples: Sample[] = []
  private readonly world: World
  private readonly byExcess = new Map<number, number>()
  private count = 0
  private excessMs = 0
  private rttMs = 0

  constructor(world: World) {
    this.world = world
  }

  /** @param running clients by sites */
  add(running: Int32Array): void {
    const { clients, sites, rttMs, bestMs } = this.world
    const sample = new Int32Array(clients)
    for (let client = 0; client < clients; client++) {
      for (let site = 0; site < sites; site++) {
        const players = running[client * sites + site] ?? 0
        if (players === 0) continue
        const rtt = rttMs[client * sites + site] ?? 0
        const excess = rtt - (bestMs[client] ?? 0)
        bump(sample, client, players)
        this.count += players
        this.excessMs += players * excess
        this.rttMs += players * rtt
        const key = Math.round(excess * 10)
        this.byExcess.set(key, (this.byExcess.get(key) ?? 0) + players)
      }
    }
    this.samples.push(sample)
  }

  figures(): Pick<Figures, 'excessMeanMs' | 'excessP99Ms' | 'rttMeanMs'> {
    const ordered = [...this.byExcess].sort(([a], [b]) => a - b)
    let soFar = 0
    const p99 = ordered.find(([, players]) => (soFar += players) >= this.count * 0.99)?.[0] ?? Number.NaN
    return {
      excessMeanMs: this.excessMs / this.count,
      excessP99Ms: p99 / 10,
      rttMeanMs: this.rttMs / this.count,
    }
  }
}

/** Binary heap by end. */
class EndHeap {
  private readonly items: Playing[] = []

  nextMs(): number {
    return this.items[0]?.endMs ?? Number.POSITIVE_INFINITY
  }

  push(item: Playing): void {
    const { items } = this
    let at = items.length
    items.push(item)
    while (at > 0) {
      const above = (at - 1) >> 1
      const parent = items[above]
      if (parent === undefined || parent.endMs <= item.endMs) break
      items[at] = parent
      at = above
    }
    items[at] = item
  }

  /** @throws Error when nobody plays */
  pop(): Playing {
    const { items } = this
    const first = items[0]
    const last = items.pop()
    if (first === undefined || last === undefined) throw new Error('Nobody plays.')
    const { length } = items
    if (length === 0) return first
    let at = 0
    for (;;) {
      let below = 2 * at + 1
      if (below >= length) break
      if ((items[below + 1]?.endMs ?? Number.POSITIVE_INFINITY) < (items[below]?.endMs ?? 0)) below++
      const child = items[below]
      if (child === undefined || child.endMs >= last.endMs) break
      items[at] = child
      at = below
    }
    items[at] = last
    return first
  }
}
