import { expect } from 'chai'
import fc from 'fast-check'
import { createSentHistory, type SentHistory } from '../../../../edge/transport/congestion/feedback.ts'

const send = (history: SentHistory, count: number, everyMs = 1, fromMs = 0) => {
  for (let i = 0; i < count; i++)
    history.sent({ kind: 'video', bytes: 1200, sentAtMs: fromMs + i * everyMs, probeId: null })
}
const report = (baseSequence: number, arrivalsMs: readonly (number | null)[], referenceTicks = 0) => ({
  baseSequence: baseSequence & 0xffff,
  referenceTicks,
  arrivalsMs,
})
const told = (results: ReturnType<SentHistory['results']>) =>
  results.map(({ sent, arrivedAtMs }) => [sent.sequence, arrivedAtMs])

describe('what became of each packet', () => {
  it('numbers packets without end, and knows them again by the low 16 bits', () => {
    const history = createSentHistory()
    send(history, 65_530, 0)
    send(history, 20, 1)
    const results = history.results(report(65_528, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]))
    expect(results.map(({ sent }) => sent.sequence)).to.deep.equal([
      65_528, 65_529, 65_530, 65_531, 65_532, 65_533, 65_534, 65_535, 65_536, 65_537, 65_538,
    ])
  })

  it('takes a packet that was only overtaken as arrived, not as lost', () => {
    const history = createSentHistory()
    send(history, 100)
    expect(told(history.results(report(0, [1, null, 3])))).to.deep.equal([
      [0, 1],
      [2, 3],
    ])
    expect(told(history.results(report(1, [5, null, 6])))).to.deep.equal([
      [1, 5],
      [3, 6],
    ])
  })

  it('says once that a packet is lost, when others that left well after it have arrived', () => {
    const history = createSentHistory()
    send(history, 100)
    history.results(report(0, [1, null, 3]))
    expect(told(history.results(report(60, [60])))).to.deep.equal([
      [1, null],
      [60, 60],
    ])
    expect(told(history.results(report(1, [null, null])))).to.deep.equal([])
  })

  it('suspects a packet once, as soon as one that left a little later has arrived', () => {
    const history = createSentHistory()
    send(history, 200)
    const suspects = () => history.suspects().map(({ sequence }) => sequence)
    history.results(report(0, [1, null, null, 4, 5, 6, 7, 8, 9]))
    expect(suspects(), 'perhaps only overtaken').to.deep.equal([])
    history.results(report(9, [10, 11]))
    expect(suspects()).to.deep.equal([1, 2])
    history.results(report(1, [null, null, 4]))
    expect(suspects(), 'told before').to.deep.equal([])
    history.results(report(11, [null, 13]))
    history.results(report(100, [100]))
    expect(suspects(), 'lost for certain by now').to.deep.equal([11])
    history.results(report(101, [null, 103]))
    history.results(report(101, [102]))
    history.results(report(120, [120]))
    expect(suspects(), 'only late').to.deep.equal([])
  })

  it('says nothing of packets that no message spoke of', () => {
    const history = createSentHistory()
    send(history, 200)
    history.results(report(0, [1]))
    expect(told(history.results(report(100, [100])))).to.deep.equal([[100, 100]])
  })

  it('goes on when the receiver’s 24 bits of time begin anew', () => {
    const history = createSentHistory()
    send(history, 3)
    const first = history.results(report(0, [0], 2 ** 24 - 1))[0]?.arrivedAtMs ?? 0
    const second = history.results(report(1, [0], 0))[0]?.arrivedAtMs ?? 0
    const late = history.results(report(2, [0], 2 ** 24 - 2))[0]?.arrivedAtMs ?? 0
    expect([second - first, late - first]).to.deep.equal([64, -64])
  })

  it('keeps nothing for longer than ten seconds', () => {
    const history = createSentHistory()
    send(history, 40_000, 1)
    expect(history.size).to.be.at.most(10_001)
  })

  it('tells of each packet at most once, in the order of sending, whatever comes in', () => {
    const message = fc.record({
      baseSequence: fc.nat(0xffff),
      referenceTicks: fc.nat(2 ** 24 - 1),
      arrivalsMs: fc.array(fc.option(fc.integer({ min: -8000, max: 8000 })), { maxLength: 300 }),
    })
    const near = fc.record({
      baseSequence: fc.nat(500),
      referenceTicks: fc.nat(50),
      arrivalsMs: fc.array(fc.option(fc.nat(8000)), { maxLength: 100 }),
    })
    fc.assert(
      fc.property(fc.array(fc.oneof(message, near), { maxLength: 20 }), (messages) => {
        const history = createSentHistory()
        const seen = new Set<number>()
        for (const [nth, feedback] of messages.entries()) {
          send(history, 50, 1, nth * 50)
          const numbers = history.results(feedback).map(({ sent }) => sent.sequence)
          expect(numbers).to.deep.equal([...numbers].sort((a, b) => a - b))
          for (const number of numbers) {
            expect(seen.has(number)).to.equal(false)
            seen.add(number)
          }
        }
      }),
    )
  })
})
