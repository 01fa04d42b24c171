import { expect } from 'chai'
import { createDrain, defaultDrain, noDrain } from '../../../../edge/transport/congestion/drain.ts'
import { createGcc } from '../../../../edge/transport/congestion/gcc.ts'
import {
  burstyLoss,
  bytesOf,
  type FlowPlan,
  type LinkConditions,
  type LinkStep,
  perfect,
  randomLoss,
} from '../../../link/conditions.ts'
import { cellularTrace } from '../../../link/trace.ts'
import { measure, type Simulation, simulate } from './simulation.ts'

const mbit = 1e6
const bounds = { minBps: 0.25 * mbit, startBps: 4 * mbit, maxBps: 25 * mbit }

interface Path extends Partial<LinkConditions> {
  readonly mbps: number
  /** How much waits at most, at that rate. */
  readonly depthMs?: number
  readonly steps?: readonly LinkStep[]
  readonly flows?: readonly FlowPlan[]
  readonly seed?: number
}

/** 40 ms of round trip, feedback every 50 ms. */
function run(lengthMs: number, path: Path, demandBps?: (nowMs: number) => number): Simulation {
  const { mbps, depthMs = 200, steps = [], flows = [], seed = 1, ...change } = path
  const queueBytes = bytesOf(mbps * mbit, depthMs)
  const start = { ...perfect, capacity: mbps * mbit, delayMs: 20, queueBytes, ...change }
  const link = { seed, start, steps, flows }
  return simulate({ link, lengthMs, ...(demandBps === undefined ? {} : { demandBps }) }, createGcc(bounds))
}

const capacityAt = (atMs: number, mbps: number): LinkStep => ({ atMs, change: { capacity: mbps * mbit } })

describe('congestion control', () => {
  it('fills 20 Mbit/s within three seconds, and waits in no queue there', () => {
    const { rateBps, packetP95Ms } = measure(run(8000, { mbps: 20 }), 3000, 8000)
    expect(rateBps).to.be.above(0.85 * 20 * mbit)
    expect(packetP95Ms).to.be.below(50)
  })

  it('starts within 2 Mbit/s, less than it hoped for, without drowning it', () => {
    const simulation = run(6000, { mbps: 2, depthMs: 1000 })
    expect(measure(simulation, 0, 1000).packetP95Ms).to.be.below(400)
    const { rateBps, packetP95Ms } = measure(simulation, 1500, 6000)
    expect(rateBps).to.be.above(0.8 * 2 * mbit)
    expect(packetP95Ms).to.be.below(80)
  })

  for (const depthMs of [30, 200, 1000])
    it(`drops from 20 to 4 Mbit/s and comes back, with ${depthMs} ms of queue`, () => {
      const steps = [capacityAt(5000, 4), capacityAt(10_000, 20)]
      const simulation = run(16_000, { mbps: 20, depthMs, steps })
      const low = measure(simulation, 6500, 10_000)
      expect(low.packetP95Ms, 'delay').to.be.below(80)
      expect(low.rateBps, 'low').to.be.above(0.8 * 4 * mbit)
      expect(measure(simulation, 14_000, 16_000).rateBps, 'back').to.be.above(0.85 * 20 * mbit)
    })

  it('does not live off the overflow of a short queue', () => {
    const { frames } = run(14_000, { mbps: 20, depthMs: 30 })
    const late = frames.filter(({ capturedAtMs }) => capturedAtMs > 3000 && capturedAtMs < 13_500)
    expect(late.filter(({ arrivedAtMs }) => arrivedAtMs !== null).length / late.length).to.be.above(0.9)
  })

  it('comes back from the drop whenever the capacity does', () => {
    for (const offsetMs of [0, 400, 800, 1200]) {
      const steps = [capacityAt(5000, 4), capacityAt(9000 + offsetMs, 20)]
      const { samples } = run(14_000 + offsetMs, { mbps: 20, steps })
      const back = samples.find(
        ({ atMs, estimate }) => atMs > 9000 + offsetMs && estimate.targetBps > 17 * mbit,
      )
      expect(back?.atMs).to.be.below(13_000 + offsetMs)
    }
  })

  it('leaves the estimate as it is while the screen is idle', () => {
    const simulation = run(26_000, { mbps: 20 }, (nowMs) => (nowMs < 4000 || nowMs > 24_000 ? 1e9 : 50_000))
    expect(measure(simulation, 5000, 24_000).leastTargetBps).to.be.above(0.85 * 20 * mbit)
    expect(measure(simulation, 24_100, 26_000).packetP95Ms).to.be.below(80)
  })

  it('leaves the estimate of an idle screen as it is on a jittery, lossy path too', () => {
    const path = { mbps: 20, jitterMs: 15, loss: randomLoss(0.02) }
    const simulation = run(24_000, path, (nowMs) => (nowMs < 4000 ? 1e9 : 50_000))
    const before = measure(simulation, 3000, 4000).targetBps
    expect(measure(simulation, 5000, 24_000).leastTargetBps).to.be.above(0.8 * before)
  })

  it('gives a stream that grows from 1 to 8 Mbit/s what it asks for at once', () => {
    const simulation = run(14_000, { mbps: 20 }, (nowMs) => (nowMs < 10_000 ? mbit : 8 * mbit))
    const { rateBps, packetP95Ms } = measure(simulation, 10_100, 11_000)
    expect(rateBps).to.be.above(7.5 * mbit)
    expect(packetP95Ms).to.be.below(50)
  })

  it('is not made smaller by 2 % of random loss, nor by 5 % in bursts', () => {
    for (const loss of [randomLoss(0.02), burstyLoss(0.05, 5)])
      expect(measure(run(12_000, { mbps: 20, loss }), 4000, 12_000).rateBps).to.be.above(0.7 * 20 * mbit)
  })

  it('takes 10 % of loss for congestion, until a lower rate shows that it is not', () => {
    const { leastTargetBps } = measure(run(12_000, { mbps: 20, loss: randomLoss(0.13) }), 4000, 12_000)
    expect(leastTargetBps).to.be.within(0.2 * 20 * mbit, 0.8 * 20 * mbit)
  })

  for (const [name, path] of [
    ['each packet', {}],
    ['each 15 ms', { jitterHoldMs: 15 }],
    ['each packet, overtaking', { reorder: true }],
  ] as const)
    it(`uses a path with 15 ms of jitter, drawn for ${name}`, () => {
      const { rateBps, packetP95Ms } = measure(run(12_000, { mbps: 20, jitterMs: 15, ...path }), 4000, 12_000)
      expect(rateBps).to.be.above(0.65 * 20 * mbit)
      expect(packetP95Ms).to.be.below(80)
    })

  it('keeps what it can of a deep queue low beside a download with a window of 64 KiB', () => {
    const flow = { startMs: 5000, endMs: 20_000, rttMs: 40, maxWindowBytes: 65_536 }
    const simulation = run(20_000, { mbps: 6, depthMs: 1000, flows: [flow] })
    const { rateBps, packetP95Ms } = measure(simulation, 8000, 20_000)
    expect(packetP95Ms).to.be.below(100)
    expect(rateBps).to.be.above(0.5 * mbit)
  })

  it('does not starve beside a download that fills any queue', () => {
    const flow = { startMs: 5000, endMs: 30_000, rttMs: 40, maxWindowBytes: 1e9 }
    const simulation = run(30_000, { mbps: 6, depthMs: 1000, flows: [flow] })
    expect(measure(simulation, 25_000, 30_000).rateBps).to.be.above(0.7 * mbit)
  })

  it('sends little into an outage, and is back within three seconds after it', () => {
    const steps = [5000, 8000].map((atMs, i) => ({ atMs, change: { outage: i === 0 } }))
    const simulation = run(12_000, { mbps: 20, steps })
    expect(measure(simulation, 7500, 8000).targetBps).to.be.below(2 * mbit)
    expect(measure(simulation, 9000, 11_000).rateBps).to.be.above(0.7 * 20 * mbit)
  })

  it('empties a path that held everything back for three seconds', () => {
    const simulation = run(15_000, {
      mbps: 20,
      depthMs: 4000,
      steps: [capacityAt(5000, 0.001), capacityAt(8000, 20)],
    })
    expect(measure(simulation, 11_000, 15_000).packetP95Ms).to.be.below(80)
  })

  it('follows a cellular path, mostly without waiting', () => {
    for (const seed of [1, 5]) {
      const shape = { meanBps: 8 * mbit, spread: 0.5, memoryMs: 2500, fadeEveryMs: 6000, fadeMs: 150 }
      const capacity = cellularTrace({ seed, lengthMs: 30_000, ...shape })
      const simulation = run(20_000, { mbps: 8, depthMs: 500, capacity, seed })
      const { share, packetP95Ms } = measure(simulation, 2000, 20_000)
      expect(share).to.be.above(0.65)
      expect(packetP95Ms).to.be.below(150)
    }
  })

  it('is rid of a queue sooner than Google’s controller alone', () => {
    const [ours = 0, plain = 0] = [createDrain(defaultDrain), noDrain].map((drain) => {
      const start = { ...perfect, capacity: 20 * mbit, delayMs: 20, queueBytes: bytesOf(20 * mbit, 200) }
      const link = { seed: 1, start, steps: [capacityAt(4000, 4)], flows: [] }
      const { arrivals } = simulate({ link, lengthMs: 9000 }, createGcc(bounds, { drain }))
      const late = arrivals.findLast(({ sentAtMs, arrivedAtMs }) => arrivedAtMs - sentAtMs > 100)
      return (late?.arrivedAtMs ?? 0) - 4000
    })
    expect(ours).to.be.below(1200)
    expect(plain).to.be.above(1.5 * ours)
  })

  it('never leaves its bounds, and forgets the path when told to', () => {
    const controller = createGcc(bounds)
    const link = { seed: 1, start: { ...perfect, delayMs: 20 }, steps: [], flows: [] }
    const { samples } = simulate({ link, lengthMs: 5000 }, controller)
    for (const { estimate } of samples) expect(estimate.targetBps).to.be.within(bounds.minBps, bounds.maxBps)
    controller.setBounds({ ...bounds, maxBps: 3 * mbit })
    controller.onTick(5000, 0)
    expect(controller.estimate.targetBps).to.equal(3 * mbit)
    controller.setBounds(bounds)
    controller.onTick(5025, 0)
    expect(controller.estimate.targetBps).to.be.above(20 * mbit)
    controller.reset(5050)
    expect(controller.estimate).to.include({ targetBps: bounds.startBps, rttMs: null })
  })
})
