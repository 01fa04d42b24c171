import { createBottleneck } from './bottleneck.ts'
import type { FlowPlan, LinkConditions, LinkPlan, LinkStep } from './conditions.ts'
import { createFlow, type Flow } from './flow.ts'
import { seededRandom } from './random.ts'

export type Verdict =
  | { readonly deliverAtMs: number; readonly queuedMs: number }
  | { readonly dropped: 'loss' | 'queue' | 'outage' }

/**
 * One direction of a link as a pure function of its plan and of what is offered: the same packets at the same times meet the same
 * fate. All times are ms on one clock, on which the link starts at `startMs`.
 */
export interface LinkModel {
  /** One packet at the link's entrance; times never go back. */
  offer(nowMs: number, bytes: number): Verdict
  /** Adds steps and flows, their times counted from now, in place of all steps still to come. */
  schedule(nowMs: number, steps: readonly LinkStep[], flows: readonly FlowPlan[]): void
  /** From now on, in place of all steps still to come. What was offered before keeps its fate. */
  set(nowMs: number, change: Partial<LinkConditions>): void
  readonly conditions: LinkConditions
  /** What waits for the bottleneck, competing flows included. */
  queuedBytes(nowMs: number): number
  /** What the bottleneck could carry between two times, competing flows included; Infinity without a limit. */
  capacityBits(fromMs: number, toMs: number): number
  /** What the competing flows got through so far. */
  readonly flowBytes: number
}

export function createLink(plan: LinkPlan, startMs = 0): LinkModel {
  const random = seededRandom(plan.seed)
  const bottleneck = createBottleneck(startMs, plan.start.capacity)
  const flows: Flow[] = []
  let steps: readonly LinkStep[] = []
  let conditions = plan.start
  let bad = false
  let jitter = { untilMs: Number.NEGATIVE_INFINITY, ms: 0 }
  let lastDeliveryMs = Number.NEGATIVE_INFINITY
  /** What has not left the bottleneck yet, first in first out. */
  const waiting: { readonly leavesAtMs: number; readonly bytes: number }[] = []
  let waitingBytes = 0

  function drain(nowMs: number): void {
    let gone = 0
    for (const { leavesAtMs, bytes } of waiting) {
      if (leavesAtMs > nowMs) break
      waitingBytes -= bytes
      gone++
    }
    if (gone > 0) waiting.splice(0, gone)
  }

  function enqueue(nowMs: number, bytes: number): number | null {
    drain(nowMs)
    if (waitingBytes + bytes > conditions.queueBytes) return null
    const leavesAtMs = bottleneck.serve(nowMs, bytes)
    if (leavesAtMs > nowMs) {
      waiting.push({ leavesAtMs, bytes })
      waitingBytes += bytes
    }
    return leavesAtMs
  }

  function advance(nowMs: number): void {
    for (;;) {
      const stepMs = steps[0]?.atMs ?? Number.POSITIVE_INFINITY
      const flow = flows.reduce<Flow | null>(
        (first, other) => (first === null || other.nextMs < first.nextMs ? other : first),
        null,
      )
      const nextMs = Math.min(stepMs, flow?.nextMs ?? Number.POSITIVE_INFINITY)
      if (nextMs > nowMs || nextMs === Number.POSITIVE_INFINITY) return
      if (stepMs === nextMs) {
        conditions = { ...conditions, ...steps[0]?.change }
        steps = steps.slice(1)
      } else flow?.step(enqueue)
    }
  }

  function isLost(): boolean {
    const { toBad, toGood, goodLoss, badLoss } = conditions.loss
    bad = random() < (bad ? 1 - toGood : toBad)
    return random() < (bad ? badLoss : goodLoss)
  }

  function jitterMs(nowMs: number): number {
    if (nowMs >= jitter.untilMs)
      jitter = { untilMs: nowMs + conditions.jitterHoldMs, ms: (2 * random() - 1) * conditions.jitterMs }
    return jitter.ms
  }

  function schedule(nowMs: number, later: readonly LinkStep[], more: readonly FlowPlan[]): void {
    bottleneck.change(nowMs, conditions.capacity)
    steps = later.map(({ atMs, change }) => ({ atMs: nowMs + atMs, change }))
    for (const { atMs, change } of steps)
      if (change.capacity !== undefined) bottleneck.change(atMs, change.capacity)
    for (const flow of more)
      flows.push(createFlow({ ...flow, startMs: nowMs + flow.startMs, endMs: nowMs + flow.endMs }))
  }
  schedule(startMs, plan.steps, plan.flows)

  return {
    offer(nowMs, bytes) {
      advance(nowMs)
      if (conditions.outage) return { dropped: 'outage' }
      const lost = isLost()
      const leavesAtMs = enqueue(nowMs, bytes)
      if (leavesAtMs === null) return { dropped: 'queue' }
      // Lost on the air, behind the bottleneck: it has taken its share of the capacity.
      if (lost || leavesAtMs === Number.POSITIVE_INFINITY) return { dropped: 'loss' }
      const arrivesAtMs = leavesAtMs + Math.max(0, conditions.delayMs + jitterMs(nowMs))
      const deliverAtMs = conditions.reorder ? arrivesAtMs : Math.max(lastDeliveryMs, arrivesAtMs)
      lastDeliveryMs = Math.max(lastDeliveryMs, deliverAtMs)
      return { deliverAtMs, queuedMs: leavesAtMs - nowMs }
    },
    schedule(nowMs, later, more) {
      advance(nowMs)
      schedule(nowMs, later, more)
    },
    set(nowMs, change) {
      advance(nowMs)
      conditions = { ...conditions, ...change }
      schedule(nowMs, [], [])
    },
    get conditions() {
      return conditions
    },
    queuedBytes(nowMs) {
      advance(nowMs)
      drain(nowMs)
      return waitingBytes
    },
    capacityBits: bottleneck.capacityBits,
    get flowBytes() {
      return flows.reduce((sum, { deliveredBytes }) => sum + deliveredBytes, 0)
    },
  }
}
