import { expect } from 'chai'
import fc from 'fast-check'
import { burstyLoss, bytesOf, type LinkPlan, perfect, randomLoss, steady } from './conditions.ts'
import { createLink, type LinkModel, type Verdict } from './model.ts'
import { cellularTrace, formatTrace, parseTrace } from './trace.ts'

const packet = 1200

/** One packet every `gapMs` for `lengthMs`. */
function offerSteadily(link: LinkModel, gapMs: number, lengthMs: number, bytes = packet) {
  const sent: { atMs: number; verdict: Verdict }[] = []
  for (let atMs = 0; atMs < lengthMs; atMs += gapMs) sent.push({ atMs, verdict: link.offer(atMs, bytes) })
  return sent
}
const arrivals = (sent: readonly { verdict: Verdict }[]): number[] =>
  sent.flatMap(({ verdict }) => ('deliverAtMs' in verdict ? [verdict.deliverAtMs] : []))
const dropped = (sent: readonly { verdict: Verdict }[], why: string): number =>
  sent.filter(({ verdict }) => 'dropped' in verdict && verdict.dropped === why).length

describe('the model of a link', () => {
  it('gives the same packets the same fate for the same seed, and another for another', () => {
    const plan = (seed: number): LinkPlan => ({
      ...steady({
        capacity: 4e6,
        queueBytes: 20_000,
        delayMs: 20,
        jitterMs: 8,
        reorder: true,
        loss: burstyLoss(0.05, 4),
      }),
      seed,
      flows: [{ startMs: 100, endMs: 2000, rttMs: 40, maxWindowBytes: 65_535 }],
    })
    const run = (seed: number) => offerSteadily(createLink(plan(seed)), 3, 3000)
    expect(run(7)).to.deep.equal(run(7))
    expect(run(7)).to.not.deep.equal(run(8))
  })

  it('lets everything through at once when it is perfect', () => {
    expect(arrivals(offerSteadily(createLink(steady({})), 1, 10))).to.deep.equal([
      0, 1, 2, 3, 4, 5, 6, 7, 8, 9,
    ])
  })

  it('holds its rate, and its queue to its bound', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 500_000, max: 20_000_000 }),
        fc.integer({ min: 20, max: 1000 }),
        fc.integer({ min: 1, max: 1000 }),
        (rateBps, queueMs, seed) => {
          const queueBytes = Math.max(2 * packet, bytesOf(rateBps, queueMs))
          const link = createLink(steady({ capacity: rateBps, queueBytes, delayMs: 10 }, seed))
          // Twice what fits.
          const sent = offerSteadily(link, (packet * 8000) / (2 * rateBps), 4000)
          const times = arrivals(sent)
          const spanMs = (times.at(-1) ?? 0) - (times[0] ?? 0)
          expect(((times.length - 1) * packet * 8000) / spanMs).to.be.closeTo(rateBps, rateBps * 0.01)
          for (const { verdict } of sent)
            if ('queuedMs' in verdict)
              expect(verdict.queuedMs).to.be.at.most((queueBytes * 8000) / rateBps + 0.001)
          expect(dropped(sent, 'queue')).to.be.greaterThan(0)
        },
      ),
      { numRuns: 15 },
    )
  })

  it('serves a packet across a step of the rate at both rates', () => {
    const link = createLink({
      ...steady({ capacity: 8e6 }),
      steps: [{ atMs: 1, change: { capacity: 0.8e6 } }],
    })
    // 1000 bytes in the first ms, the other 1000 at a tenth of the rate.
    expect(link.offer(0, 2000)).to.deep.equal({ deliverAtMs: 11, queuedMs: 11 })
    expect(link.capacityBits(0, 11)).to.equal(16_000)
  })

  it('loses the share that it is told to, one by one or in bursts', () => {
    const lossOf = (loss: LinkPlan['start']['loss']) => {
      const sent = offerSteadily(createLink(steady({ loss }, 3)), 1, 200_000)
      const lost = sent.map(({ verdict }) => 'dropped' in verdict)
      const bursts = lost.filter((one, i) => one && lost[i - 1] !== true).length
      const count = lost.filter(Boolean).length
      return { ratio: count / lost.length, meanBurst: count / bursts }
    }
    const random = lossOf(randomLoss(0.02))
    expect(random.ratio).to.be.closeTo(0.02, 0.002)
    expect(random.meanBurst).to.be.closeTo(1.02, 0.03)
    const bursty = lossOf(burstyLoss(0.05, 5))
    expect(bursty.ratio).to.be.closeTo(0.05, 0.005)
    expect(bursty.meanBurst).to.be.closeTo(5, 0.4)
  })

  it('keeps the order under jitter unless it may not', () => {
    const delays = (reorder: boolean, jitterHoldMs: number) => {
      const link = createLink(steady({ delayMs: 20, jitterMs: 15, jitterHoldMs, reorder }))
      return arrivals(offerSteadily(link, 2, 4000))
    }
    const backwards = (times: number[]) => times.filter((ms, i) => ms < (times[i - 1] ?? 0)).length
    expect(backwards(delays(false, 16))).to.equal(0)
    const shuffled = delays(true, 0)
    expect(backwards(shuffled)).to.be.greaterThan(100)
    const late = shuffled.map((ms, i) => ms - 2 * i)
    expect(Math.min(...late)).to.be.within(5, 6)
    expect(Math.max(...late)).to.be.within(34, 35)
  })

  it('lets nothing through during an outage, and all after it', () => {
    const link = createLink({
      ...steady({ delayMs: 5 }),
      steps: [
        { atMs: 100, change: { outage: true } },
        { atMs: 200, change: { outage: false } },
      ],
    })
    const sent = offerSteadily(link, 10, 300)
    expect(dropped(sent, 'outage')).to.equal(10)
    expect(arrivals(sent)).to.have.length(20)
  })

  it('goes on with what it carries when a schedule is added', () => {
    const link = createLink(steady({ capacity: 1e6 }))
    link.offer(0, 1250)
    link.schedule(5, [{ atMs: 20, change: { capacity: 2e6 } }], [])
    expect(link.offer(5, 1250)).to.deep.equal({ deliverAtMs: 20, queuedMs: 15 })
    expect(link.offer(25, 1250)).to.deep.equal({ deliverAtMs: 30, queuedMs: 5 })
  })

  it('can be changed while it runs', () => {
    const link = createLink(steady({ delayMs: 5 }))
    link.set(10, { delayMs: 50, capacity: 1e6 })
    expect(link.offer(10, 125)).to.deep.equal({ deliverAtMs: 61, queuedMs: 1 })
    expect(link.conditions.delayMs).to.equal(50)
  })
})

describe('a capacity trace', () => {
  it('is replayed line by line, shared by what waits, and repeated', () => {
    const link = createLink(steady({ capacity: [2, 5, 5, 10] }))
    const at = (ms: number, bytes: number) => {
      const verdict = link.offer(ms, bytes)
      return 'deliverAtMs' in verdict ? verdict.deliverAtMs : verdict.dropped
    }
    expect([at(0, 700), at(0, 700), at(0, 700)]).to.deep.equal([2, 2, 5])
    expect(at(5, 3000)).to.equal(10)
    // Nobody waited: these opportunities are gone.
    expect(at(13, 1500)).to.equal(15)
    expect(link.capacityBits(0, 11)).to.equal(4 * 12_000)
  })

  it('holds its mean rate when there is always something to send', () => {
    const trace = cellularTrace({
      seed: 1,
      lengthMs: 20_000,
      meanBps: 8e6,
      spread: 0.5,
      memoryMs: 2000,
      fadeEveryMs: 5000,
      fadeMs: 200,
    })
    const link = createLink(steady({ capacity: trace, queueBytes: 100_000 }))
    const sent = offerSteadily(link, 0.5, 20_000, 1500)
    const carried = arrivals(sent).filter((ms) => ms <= 20_000).length
    expect(carried / trace.length).to.be.closeTo(1, 0.01)
  })

  it('is read from the file format and refuses what is none', () => {
    expect(parseTrace('# made up\n1\n1\n4\n')).to.deep.equal([1, 1, 4])
    expect(parseTrace(formatTrace([1, 2, 7]))).to.deep.equal([1, 2, 7])
    expect(() => parseTrace('1\n0.5\n')).to.throw('Line 2')
    expect(() => parseTrace('4\n3\n')).to.throw('back in time')
    expect(() => parseTrace('')).to.throw('no length')
  })
})

describe('a competing flow', () => {
  const rateBps = 6e6
  const withFlow = (maxWindowBytes: number) =>
    createLink({
      seed: 1,
      start: { ...perfect, capacity: rateBps, queueBytes: bytesOf(rateBps, 1000), delayMs: 20 },
      steps: [],
      flows: [{ startMs: 0, endMs: 60_000, rttMs: 40, maxWindowBytes }],
    })

  it('takes the whole link when it is alone, and fills a deep queue', () => {
    const link = withFlow(10_000_000)
    expect(link.queuedBytes(20_000)).to.be.greaterThan(bytesOf(rateBps, 300))
    link.queuedBytes(60_000)
    expect((link.flowBytes * 8) / 60).to.be.greaterThan(rateBps * 0.95)
  })

  it('keeps no more in the queue than its window', () => {
    const link = withFlow(65_535)
    const queued: number[] = []
    for (let ms = 1000; ms < 20_000; ms += 10) queued.push(link.queuedBytes(ms))
    expect(Math.max(...queued)).to.be.at.most(65_535)
    expect(Math.min(...queued)).to.be.greaterThan(20_000)
  })

  it('backs off when another sender takes its share', () => {
    const link = createLink({
      seed: 1,
      start: { ...perfect, capacity: rateBps, queueBytes: bytesOf(rateBps, 50), delayMs: 20 },
      steps: [],
      flows: [{ startMs: 0, endMs: 60_000, rttMs: 40, maxWindowBytes: 10_000_000 }],
    })
    const sent = offerSteadily(link, (packet * 8000) / 3e6, 20_000)
    expect(dropped(sent, 'queue') / sent.length).to.be.lessThan(0.1)
    expect((link.flowBytes * 8) / 20).to.be.within(1.5e6, 3.2e6)
  })
})
