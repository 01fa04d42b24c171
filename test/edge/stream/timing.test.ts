import { expect } from 'chai'
import { createAudioClock } from '../../../edge/stream/audioClock.ts'
import { rtpTimestamp } from '../../../edge/stream/clock.ts'
import { nextIdleFrame } from '../../../edge/stream/idleFrames.ts'
import { createKeyframeGate } from '../../../edge/stream/keyframeGate.ts'
import { createQuietGate } from '../../../edge/stream/quietGate.ts'

describe('keyframe gate', () => {
  it('makes one keyframe of many requests, and loses none', () => {
    const gate = createKeyframeGate(250)
    expect(gate.dueAtMs()).to.equal(null)
    gate.request()
    gate.request()
    expect(gate.dueAtMs()).to.equal(-Infinity)
    gate.made(1000)
    expect(gate.dueAtMs()).to.equal(null)
    gate.request()
    expect(gate.dueAtMs(), 'held back, not dropped').to.equal(1250)
  })
})

describe('idle frames', () => {
  it('sharpen a still picture a few times, then keep the stream awake once a second', () => {
    const changeMs = 5000
    const times: number[] = []
    let lastMs = changeMs
    for (let nth = 0; nth < 6; nth++) {
      lastMs = nextIdleFrame(lastMs, changeMs, nth)
      times.push(lastMs - changeMs)
    }
    expect(times).to.deep.equal([80, 160, 320, 640, 1640, 2640])
  })
})

describe('timestamps', () => {
  it('are 32 bits of the wall clock, rolling over', () => {
    expect(rtpTimestamp(1_000, 90_000)).to.equal(90_000)
    const rolloverMs = (2 ** 32 / 90_000) * 1000
    expect(rtpTimestamp(rolloverMs + 10, 90_000)).to.equal(900)
  })

  it('of sound move in even steps whatever the blocks’ jitter, and follow a real gap', () => {
    const clock = createAudioClock(480)
    const stamps = [0, 14, 20, 31, 1000, 1010].map((ms) => clock.next(10_000 + ms))
    const steps = stamps.slice(1).map((stamp, nth) => stamp - (stamps[nth] ?? 0))
    expect(steps).to.deep.equal([480, 480, 480, (1000 - 30) * 48, 480])
  })
})

describe('quiet gate', () => {
  it('sends all sound, the start of silence, then a reminder now and then', () => {
    const gate = createQuietGate(10)
    const loud = Buffer.alloc(1920, 3)
    const silent = Buffer.alloc(1920)
    expect(gate.wanted(loud)).to.equal(true)
    const sent = Array.from({ length: 200 }, () => gate.wanted(silent)).filter(Boolean).length
    expect(sent).to.equal(40 + 8)
    expect(gate.wanted(loud)).to.equal(true)
  })
})
