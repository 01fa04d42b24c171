import { expect } from 'chai'
import fc from 'fast-check'
import { defaultStream, type StreamRequest } from '../../../config/protocol/stream.ts'
import { createLadder, type LadderStep } from '../../../edge/stream/ladder.ts'

/** Feeds the ladder every 50 ms, as feedback does. */
function climb(ceiling: StreamRequest = defaultStream) {
  const ladder = createLadder()
  const steps: LadderStep[] = []
  let nowMs = 0
  const hold = (videoBps: number, forMs: number, under = ceiling): LadderStep => {
    for (const endMs = nowMs + forMs; nowMs < endMs; nowMs += 50)
      steps.push(ladder.next({ nowMs, videoBps, ceiling: under, codec: 'h264' }))
    return steps.at(-1) as LadderStep
  }
  return { hold, steps }
}

const shape = ({ widthPx, heightPx, fps }: LadderStep) => `${widthPx}x${heightPx}@${fps}`
const changes = (steps: readonly LadderStep[]) =>
  steps.filter((step, i) => i > 0 && shape(step) !== shape(steps[i - 1] as LadderStep)).length

describe('the ladder of the stream', () => {
  it('takes the bit rate down at once and leaves the picture as it is while the bits are enough', () => {
    const { hold } = climb()
    expect(hold(20e6, 50)).to.deep.equal({ widthPx: 1280, heightPx: 720, fps: 60, bitrateBps: 8e6 })
    expect(hold(3e6, 50).bitrateBps).to.equal(3e6)
    expect(shape(hold(3e6, 20_000))).to.equal('1280x720@60')
  })

  it('gives up the frame rate first, the resolution after it', () => {
    const { hold, steps } = climb()
    hold(8e6, 1000)
    hold(0.7e6, 5000)
    const seen = [...new Set(steps.map(shape))]
    expect(seen).to.deep.equal(['1280x720@60', '1280x720@30', '640x360@30'])
  })

  it('keeps the size through a dip such as a drained queue makes', () => {
    const { hold, steps } = climb()
    hold(8e6, 1000)
    hold(0.9e6, 700)
    hold(4e6, 5000)
    expect(steps.every(({ heightPx }) => heightPx === 720)).to.equal(true)
    expect(shape(steps.at(-1) as LadderStep)).to.equal('1280x720@60')
  })

  it('goes up only with room to spare for two seconds', () => {
    const { hold } = climb()
    hold(8e6, 500)
    hold(1.7e6, 2000)
    expect(shape(hold(2.6e6, 10_000)), 'just enough').to.equal('1280x720@30')
    expect(shape(hold(4e6, 1900))).to.equal('1280x720@30')
    expect(shape(hold(4e6, 200))).to.equal('1280x720@60')
  })

  it('changes ever less often on a path that goes up and down', () => {
    const { hold, steps } = climb()
    for (let i = 0; i < 20; i++) {
      hold(4e6, 2600)
      hold(1.8e6, 1500)
    }
    expect(changes(steps)).to.be.at.most(4)
  })

  it('takes the player’s own change at once, data saving included', () => {
    const { hold } = climb()
    hold(8e6, 500)
    expect(shape(hold(8e6, 50, { ...defaultStream, maxBitrateBps: 1e6 }))).to.equal('960x540@30')
    expect(shape(hold(8e6, 50, { ...defaultStream, widthPx: 640, heightPx: 360 }))).to.equal('640x360@60')
  })

  it('stays under every ceiling, with even sides and a rate for games', () => {
    const ceiling = fc.record({
      widthPx: fc.integer({ min: 160, max: 3840 }),
      heightPx: fc.integer({ min: 90, max: 2160 }),
      fps: fc.integer({ min: 5, max: 120 }),
      maxBitrateBps: fc.integer({ min: 200_000, max: 100_000_000 }),
    })
    const rates = fc.array(fc.integer({ min: 50_000, max: 60_000_000 }), { minLength: 1, maxLength: 60 })
    fc.assert(
      fc.property(ceiling, rates, fc.integer({ min: 20, max: 2000 }), (under, videoRates, everyMs) => {
        const ladder = createLadder()
        videoRates.forEach((videoBps, i) => {
          const step = ladder.next({ nowMs: i * everyMs, videoBps, ceiling: under, codec: 'av1' })
          expect(step.bitrateBps).to.equal(Math.round(Math.min(videoBps, under.maxBitrateBps)))
          expect(step.widthPx).to.be.within(Math.min(160, under.widthPx), under.widthPx)
          expect(step.heightPx).to.be.within(Math.min(90, under.heightPx), under.heightPx)
          expect(step.fps).to.be.within(Math.min(24, under.fps), under.fps)
          if (step.widthPx !== under.widthPx)
            expect([step.widthPx % 2, step.heightPx % 2]).to.deep.equal([0, 0])
        })
      }),
    )
  })
})
