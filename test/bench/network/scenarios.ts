import {
  type FlowPlan,
  type LinkConditions,
  type LinkPlan,
  type LinkStep,
  burstyLoss,
  bytesOf,
  perfect,
  randomLoss,
  steady,
} from '../../link/conditions.ts'
import type { Plans } from '../../link/link.ts'
import { cellularTrace } from '../../link/trace.ts'

/** Something done to the link at a time that no schedule of conditions can say. */
export interface LinkAction {
  readonly atMs: number
  readonly what: 'closeDoors' | 'rebind'
}

export interface Scenario {
  readonly name: string
  /** Before the watch, and at its start. */
  readonly before: Plans
  /** Times from the start of the watch. */
  readonly later: Readonly<Record<'up' | 'down', Pick<LinkPlan, 'steps' | 'flows'>>>
  readonly actions: readonly LinkAction[]
  readonly watchMs: number
  readonly maxBitrateBps: number
  /** Whether the picture costs all that the cap allows; otherwise it is Latency Lab's plain animation, 1 Mbit/s. */
  readonly heavy: boolean
  /** Whether the link, not the cap, bounds the bitrate: only then a share of the capacity says something. */
  readonly bounded: boolean
  /** The worst is over: what comes after is told apart. */
  readonly returnAtMs: number | null
  /** The rate falls: click-to-photon is expected to recover from here. */
  readonly dropAtMs: number | null
  /** UDP goes nowhere: only TURN over TCP does. */
  readonly udpBlocked: boolean
  readonly targets: Readonly<Record<string, Target>>
}

/** What the project promises of its own stream: a figure, or one against another case of the same bench. */
export type Target = number | { readonly case: string; readonly times: number; readonly plus: number }

const none = { steps: [], flows: [] } as const

function scenario(
  name: string,
  down: Partial<LinkConditions>,
  rest: Partial<Omit<Scenario, 'name' | 'before' | 'later'>> & {
    readonly up?: Partial<LinkConditions>
    readonly steps?: readonly LinkStep[]
    readonly stepsUp?: readonly LinkStep[]
    readonly flows?: readonly FlowPlan[]
  } = {},
): Scenario {
  const { up = {}, steps = [], stepsUp = [], flows = [], ...own } = rest
  return {
    name,
    before: {
      down: steady(down, 11),
      up: steady({ delayMs: down.delayMs ?? 0, loss: down.loss ?? perfect.loss, ...up }, 23),
    },
    later: { down: { steps, flows }, up: stepsUp.length > 0 ? { steps: stepsUp, flows: [] } : none },
    actions: [],
    watchMs: 20_000,
    maxBitrateBps: 8_000_000,
    heavy: true,
    bounded: false,
    returnAtMs: null,
    dropAtMs: null,
    udpBlocked: false,
    targets: {},
    ...own,
  }
}

const wide = (delayMs: number): Partial<LinkConditions> => ({
  capacity: 20e6,
  queueBytes: bytesOf(20e6, 100),
  delayMs,
})
const outage = (atMs: number, forMs: number): LinkStep[] => [
  { atMs, change: { outage: true } },
  { atMs: atMs + forMs, change: { outage: false } },
]
const jitter = { jitterMs: 15, jitterHoldMs: 16 }

/** Rates and stalls of the order that studies of LTE downlinks report; see `cellularTrace`. */
const lteLike = {
  seed: 5,
  lengthMs: 30_000,
  meanBps: 8e6,
  spread: 0.5,
  memoryMs: 2500,
  fadeEveryMs: 6000,
  fadeMs: 150,
}

export function traceScenario(name: string, trace: readonly number[]): Scenario {
  const lengthMs = trace.at(-1) ?? 1
  const meanBps = (trace.length * 1500 * 8000) / lengthMs
  return scenario(
    name,
    { capacity: 4e6, queueBytes: bytesOf(meanBps, 500), delayMs: 25 },
    {
      steps: [{ atMs: 0, change: { capacity: trace } }],
      watchMs: Math.min(60_000, Math.max(10_000, lengthMs)),
      maxBitrateBps: 25_000_000,
      bounded: true,
      targets: {
        clickToPhotonP95Ms: 200,
        ofCapacityPercent: 65,
        frozenPercent: { case: `${name}/libwebrtc`, times: 1, plus: 0 },
      },
    },
  )
}

/** Round trips are of the empty link; losses hold both ways. Targets are those of the project for its own stream. */
export const scenarios: readonly Scenario[] = [
  scenario('loopback', {}),
  scenario('clean40', wide(20), {
    targets: { freezes: 0, clickToPhotonP95Ms: { case: 'loopback/ours', times: 1, plus: 45 } },
  }),
  scenario(
    'loss2',
    { ...wide(20), loss: randomLoss(0.02) },
    { targets: { frozenPercent: 0.3, clickToPhotonP95Ms: { case: 'clean40/ours', times: 1, plus: 60 } } },
  ),
  scenario(
    'burst5',
    { ...wide(30), loss: burstyLoss(0.05, 5) },
    { targets: { frozenPercent: { case: 'burst5/libwebrtc', times: 0.5, plus: 0 } } },
  ),
  scenario('steps', wide(20), {
    steps: [
      { atMs: 8000, change: { capacity: 4e6, queueBytes: bytesOf(4e6, 300) } },
      { atMs: 18_000, change: { capacity: 20e6, queueBytes: bytesOf(20e6, 100) } },
    ],
    dropAtMs: 8000,
    returnAtMs: 18_000,
    watchMs: 30_000,
    maxBitrateBps: 25_000_000,
    bounded: true,
    targets: { recoveredAfterDropMs: 1500, ofCapacityAfterReturnPercent: 85 },
  }),
  scenario(
    'bufferbloat',
    { capacity: 6e6, queueBytes: bytesOf(6e6, 1000), delayMs: 20 },
    {
      flows: [{ startMs: 0, endMs: 60_000, rttMs: 40, maxWindowBytes: 65_535 }],
      bounded: true,
      targets: { clickToPhotonP95Ms: 150 },
    },
  ),
  // A download without a limit to its window fills any queue that does not drop: nobody behind it is faster than the queue.
  scenario(
    'bufferbloatGreedy',
    { capacity: 6e6, queueBytes: bytesOf(6e6, 1000), delayMs: 20 },
    { flows: [{ startMs: 0, endMs: 60_000, rttMs: 40, maxWindowBytes: 8e6 }], bounded: true },
  ),
  scenario(
    'jitter15',
    { ...wide(25), ...jitter },
    {
      steps: [{ atMs: 12_000, change: { jitterMs: 0 } }],
      returnAtMs: 12_000,
      watchMs: 24_000,
      targets: { freezes: 0, jitterBufferAfterMs: 10 },
    },
  ),
  traceScenario('lte', cellularTrace(lteLike)),
  scenario('outage', wide(20), {
    steps: outage(5000, 3000),
    stepsUp: outage(5000, 3000),
    actions: [{ atMs: 5000, what: 'closeDoors' }],
    returnAtMs: 8000,
    watchMs: 20_000,
    targets: { pictureBackMs: 1500 },
  }),
  scenario('turnTcp', wide(20), { udpBlocked: true, watchMs: 10_000 }),
]
