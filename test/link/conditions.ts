/** Packets are lost one by one (`goodLoss` = `badLoss`) or in bursts: Gilbert-Elliott, stepped once a packet. */
export interface LossConditions {
  /** Chances, at each packet, to change from the good to the bad state and back. */
  readonly toBad: number
  readonly toGood: number
  /** Chances to lose a packet in each state. */
  readonly goodLoss: number
  readonly badLoss: number
}

/** What one direction of a link is like at one time. */
export interface LinkConditions {
  /**
   * Bits a second of whole UDP payloads, a trace of delivery opportunities (ms since its start, 1500 bytes each, repeated
   * after its last line), or null for no limit.
   */
  readonly capacity: number | readonly number[] | null
  /** What may wait for the bottleneck; a packet that does not fit is dropped. */
  readonly queueBytes: number
  /** One way, on top of the queue. */
  readonly delayMs: number
  /** Each delay is off by up to so much, evenly spread, never below zero. */
  readonly jitterMs: number
  /** A drawn jitter holds for so long; 0 draws for each packet. */
  readonly jitterHoldMs: number
  /** Whether a later packet may overtake an earlier one. */
  readonly reorder: boolean
  readonly loss: LossConditions
  /** Nothing gets through. */
  readonly outage: boolean
}

/** From `atMs` after the start on, some conditions are different. */
export interface LinkStep {
  readonly atMs: number
  readonly change: Partial<LinkConditions>
}

/** A TCP-like download that shares the bottleneck: window in packets, slow start, additive increase, halved on loss. */
export interface FlowPlan {
  readonly startMs: number
  readonly endMs: number
  /** Round trip without queues. */
  readonly rttMs: number
  /** The receiver's window. */
  readonly maxWindowBytes: number
}

export interface LinkPlan {
  readonly seed: number
  readonly start: LinkConditions
  /** In the order of time. */
  readonly steps: readonly LinkStep[]
  readonly flows: readonly FlowPlan[]
}

export const noLoss: LossConditions = { toBad: 0, toGood: 1, goodLoss: 0, badLoss: 0 }

export const randomLoss = (ratio: number): LossConditions => ({
  toBad: 0,
  toGood: 1,
  goodLoss: ratio,
  badLoss: ratio,
})

/** Everything is lost in the bad state, which is so long and so frequent that `ratio` of all packets is lost. */
export function burstyLoss(ratio: number, meanBurstPackets: number): LossConditions {
  const toGood = 1 / meanBurstPackets
  return { toBad: (toGood * ratio) / (1 - ratio), toGood, goodLoss: 0, badLoss: 1 }
}

export const bytesOf = (rateBps: number, ms: number): number => Math.round((rateBps * ms) / 8000)

/** A wire without faults. */
export const perfect: LinkConditions = {
  capacity: null,
  queueBytes: Number.POSITIVE_INFINITY,
  delayMs: 0,
  jitterMs: 0,
  jitterHoldMs: 0,
  reorder: false,
  loss: noLoss,
  outage: false,
}

export const steady = (change: Partial<LinkConditions>, seed = 1): LinkPlan => ({
  seed,
  start: { ...perfect, ...change },
  steps: [],
  flows: [],
})
