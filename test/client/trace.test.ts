import { expect } from 'chai'
import { type PresentedFrame, stagesOf, Trace, totalMs } from '../../client/player/trace.ts'
import type { FrameRecord } from '../../config/protocol/frameRecord.ts'

const edgeAhead = 10_000
const trace = (): Trace => new Trace((edgeMs) => edgeMs - edgeAhead)

const record = (
  rtpTimestamp: number,
  inputId: number,
  capturedAtMs: number,
  appliedAtMs = capturedAtMs - 2,
): FrameRecord => ({
  keyframe: false,
  rtpTimestamp,
  inputId,
  capturedAtMs: edgeAhead + capturedAtMs,
  encodedAtMs: edgeAhead + capturedAtMs + 4,
  sentAtMs: edgeAhead + capturedAtMs + 5,
  inputReceivedAtMs: edgeAhead + appliedAtMs - 1,
  inputAppliedAtMs: edgeAhead + appliedAtMs,
})
const shown = (rtpTimestamp: number, presentedAtMs: number): PresentedFrame => ({
  rtpTimestamp,
  receivedAtMs: presentedAtMs - 3,
  readyAtMs: presentedAtMs - 1,
  presentedAtMs,
  displayedAtMs: presentedAtMs + 8,
})

describe('latency trace', () => {
  it('splits the way of an input into its stages, which add up to the whole', () => {
    const t = trace()
    t.sent(1, 'key', 95)
    t.record(record(900, 1, 100))
    t.presented(shown(900, 112))
    const [sample] = t.samples
    expect(sample && stagesOf(sample)).to.deep.equal([
      { stage: 'edge', ms: 2 },
      { stage: 'applied', ms: 1 },
      { stage: 'captured', ms: 2 },
      { stage: 'encoded', ms: 4 },
      { stage: 'received', ms: 5 },
      { stage: 'presented', ms: 3 },
    ])
    expect(sample && totalMs(sample)).to.equal(17)
  })

  it('takes records and pictures in either order', () => {
    const t = trace()
    t.sent(1, 'key', 95)
    t.presented(shown(900, 112))
    expect(t.samples).to.have.length(0)
    t.record(record(900, 1, 100))
    expect(t.samples.map((sample) => sample.presentedAtMs)).to.deep.equal([112])
  })

  it('gives an input to the first picture that can show it, also when its own frame was never shown', () => {
    const t = trace()
    t.sent(1, 'key', 95)
    t.record(record(900, 1, 100))
    t.record(record(2400, 1, 117))
    t.presented(shown(2400, 129))
    expect(
      t.samples.map(({ rtpTimestamp, presentedAtMs }) => ({ rtpTimestamp, presentedAtMs })),
    ).to.deep.equal([{ rtpTimestamp: 2400, presentedAtMs: 129 }])
  })

  it('passes the inputs of a frame whose record is lost on to the next one', () => {
    const t = trace()
    t.sent(1, 'key', 95)
    t.presented(shown(900, 112))
    t.record(record(2400, 1, 117))
    t.presented(shown(2400, 129))
    expect(t.samples).to.have.length(0)
    t.record(record(30_000, 1, 440))
    t.presented(shown(30_000, 451))
    expect(t.samples.map((sample) => sample.rtpTimestamp)).to.deep.equal([2400])
  })

  it('tells the edge’s times only of the input that they belong to', () => {
    const t = trace()
    t.sent(1, 'key', 94)
    t.sent(2, 'key', 95)
    t.record(record(900, 2, 100))
    t.presented(shown(900, 112))
    expect(t.samples.map(({ inputId, appliedAtMs }) => ({ inputId, appliedAtMs }))).to.deep.equal([
      { inputId: 1, appliedAtMs: null },
      { inputId: 2, appliedAtMs: 98 },
    ])
  })

  it('does not count an input that changed nothing when the picture changes later by itself', () => {
    const t = trace()
    t.sent(1, 'key', 100)
    t.record(record(90_000, 1, 1_100, 103))
    t.presented(shown(90_000, 1_112))
    expect(t.samples).to.have.length(0)
    expect(t.frames).to.have.length(1)
  })

  it('counts each input once, and keeps no more than it was told to', () => {
    const t = new Trace((edgeMs) => edgeMs - edgeAhead, 3)
    for (let n = 1; n <= 5; n += 1) {
      t.sent(n, 'key', 100 * n - 5)
      t.record(record(900 * n, n, 100 * n))
      t.presented(shown(900 * n, 100 * n + 12))
      t.record(record(900 * n + 1, n, 100 * n + 17))
      t.presented(shown(900 * n + 1, 100 * n + 29))
    }
    expect(t.samples.map((sample) => sample.inputId)).to.deep.equal([3, 4, 5])
  })

  it('measures nothing before the clocks are in step', () => {
    const t = new Trace(() => null)
    t.record(record(900, 0, 100))
    t.presented(shown(900, 112))
    expect(t.frames).to.have.length(0)
  })
})
