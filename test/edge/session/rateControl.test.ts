import { expect } from 'chai'
import { defaultStream } from '../../../config/protocol/stream.ts'
import { createRateControl } from '../../../edge/session/rateControl.ts'
import { createLadder } from '../../../edge/stream/ladder.ts'
import type { StreamSettings } from '../../../edge/stream/stages.ts'
import type { RateBounds } from '../../../edge/transport/congestion/controller.ts'

function setUp() {
  const bounds: RateBounds[] = []
  const applied: Omit<StreamSettings, 'codec'>[] = []
  const network = {
    estimate: {
      targetBps: 10e6,
      pacingBps: 25e6,
      rttMs: 30,
      lossRatio: 0.01,
      lossBurst: 1,
      usage: 'normal' as const,
    },
    videoBps: 9.5e6,
    queuedMs: 0,
    setBounds: (wanted: RateBounds) => void bounds.push(wanted),
  }
  let nowMs = 0
  const rate = createRateControl(
    {
      network,
      ladder: createLadder(),
      nowMs: () => nowMs,
      apply: (settings) => void applied.push(settings),
    },
    defaultStream,
  )
  const follow = (videoBps: number, forMs = 0): Omit<StreamSettings, 'codec'> => {
    network.videoBps = videoBps
    for (const endMs = nowMs + forMs; nowMs <= endMs; nowMs += 50) rate.follow('h264')
    return applied.at(-1) as Omit<StreamSettings, 'codec'>
  }
  return { rate, bounds, follow }
}

describe('the rate of a stream', () => {
  it('follows the network at the very next estimate, and never goes above what the player allows', () => {
    const { follow } = setUp()
    expect(follow(9.5e6)).to.deep.equal(defaultStream)
    expect(follow(4e6).maxBitrateBps).to.equal(4e6)
    expect(follow(30e6).maxBitrateBps).to.equal(8e6)
  })

  it('lets the network be asked for what the player’s cap needs, and no more', () => {
    const { rate, bounds, follow } = setUp()
    rate.setCeiling({ ...defaultStream, maxBitrateBps: 1_500_000 })
    expect(bounds.map(({ maxBps }) => maxBps)).to.deep.equal([13_750_000, 2_100_000])
    expect(bounds.at(-1)?.startBps).at.most(2_100_000)
    expect(follow(9e6).maxBitrateBps).to.equal(1_500_000)
  })

  it('tells the player what holds the picture back', () => {
    const { rate, follow } = setUp()
    follow(9.5e6)
    expect(rate.report(7.9e6, false).limitedBy).to.equal('cap')
    expect(rate.report(1e6, false).limitedBy).to.equal('content')
    expect(rate.report(7.9e6, true).limitedBy).to.equal('machine')
    follow(800_000, 5000)
    const poor = rate.report(790_000, false)
    expect(poor).to.include({ limitedBy: 'network', lossRatio: 0.01, rttMs: 30 })
    expect(poor.stream.bitrateBps).to.equal(790_000)
  })
})
