import { expect } from 'chai'
import { type FrameReason, runFrameLoop } from '../../../edge/stream/frameLoop.ts'
import { createKeyframeGate } from '../../../edge/stream/keyframeGate.ts'

/** A clock that only moves when told, with its timers. */
function fakeTime() {
  let nowMs = 1000
  let timers: { atMs: number; callback: () => void }[] = []
  return {
    nowMs: () => nowMs,
    after(ms: number, callback: () => void) {
      const timer = { atMs: nowMs + ms, callback }
      timers.push(timer)
      return () => {
        timers = timers.filter((other) => other !== timer)
      }
    },
    async advance(ms: number) {
      const untilMs = nowMs + ms
      for (;;) {
        await new Promise(setImmediate)
        const next = timers.filter(({ atMs }) => atMs <= untilMs).sort((a, b) => a.atMs - b.atMs)[0]
        if (next === undefined) break
        timers = timers.filter((other) => other !== next)
        nowMs = Math.max(nowMs, next.atMs)
        next.callback()
      }
      nowMs = untilMs
    },
    pending: () => timers.length,
  }
}

function setUp(frame?: (reason: FrameReason) => Promise<{ made: boolean; keyframe: boolean }>) {
  const time = fakeTime()
  const way = { freeAtMs: 0 }
  const frames: { reason: FrameReason; atMs: number }[] = []
  const failures: Error[] = []
  const keyframes = createKeyframeGate(250)
  const loop = runFrameLoop({
    ...time,
    keyframes,
    fps: () => 50,
    displayPhase: () => null,
    freeAtMs: () => way.freeAtMs,
    frame: async (reason) => {
      frames.push({ reason, atMs: time.nowMs() })
      return frame ? frame(reason) : { made: true, keyframe: reason === 'keyframe' || frames.length === 1 }
    },
    onFailed: (error) => failures.push(error),
  })
  return { time, frames, failures, keyframes, loop, way }
}

describe('frame loop', () => {
  it('sends a first frame, then almost nothing while the screen is still', async () => {
    const { time, frames, loop } = setUp()
    await time.advance(10_000)
    expect(frames[0]?.reason).to.equal('changed')
    expect(frames.length).within(10, 15)
    await loop.stop()
    expect(time.pending()).to.equal(0)
  })

  it('takes a change on a still screen in the same turn', async () => {
    const { time, frames, loop } = setUp()
    await time.advance(300)
    const before = frames.length
    loop.changed()
    expect(frames.length).to.equal(before + 1)
    await loop.stop()
  })

  it('never starts a frame while one is under way, and takes what changed meanwhile next', async () => {
    let finish: (() => void) | null = null
    let running = 0
    const { time, frames, loop } = setUp(async () => {
      running++
      expect(running).to.equal(1)
      await new Promise<void>((resolve) => {
        finish = resolve
      })
      running--
      return { made: true, keyframe: false }
    })
    await time.advance(30)
    loop.changed()
    loop.changed()
    expect(frames).to.have.length(1)
    ;(finish as (() => void) | null)?.()
    await time.advance(30)
    expect(frames.map(({ reason }) => reason)).to.deep.equal(['changed', 'changed'])
    ;(finish as (() => void) | null)?.()
    await loop.stop()
  })

  it('makes a wanted keyframe at once on a still screen, and a second one only after the pause', async () => {
    const { time, frames, keyframes, loop } = setUp()
    await time.advance(2000)
    const from = frames.length
    const ask = () => {
      keyframes.request()
      loop.wake()
    }
    ask()
    await time.advance(20)
    ask()
    ask()
    await time.advance(200)
    const made = () => frames.slice(from).filter(({ reason }) => reason === 'keyframe').length
    expect(made()).to.equal(1)
    await time.advance(100)
    expect(made()).to.equal(2)
    await loop.stop()
  })

  it('does not spend a slot on a change that turned out to be none', async () => {
    let made = true
    const { time, frames, loop } = setUp(async () => ({ made, keyframe: false }))
    await time.advance(100)
    made = false
    loop.changed()
    await time.advance(1)
    made = true
    const before = frames.length
    loop.changed()
    expect(frames.length).to.equal(before + 1)
    await loop.stop()
  })

  it('stops and tells when a stage fails', async () => {
    const { time, frames, failures, loop } = setUp(() => Promise.reject(new Error('no display')))
    await time.advance(5000)
    loop.changed()
    await time.advance(5000)
    expect(frames).to.have.length(1)
    expect(failures.map(({ message }) => message)).to.deep.equal(['no display'])
  })

  it('takes no frame while earlier ones wait in the pacer, and then the newest picture', async () => {
    const { time, frames, loop, way } = setUp()
    await time.advance(1000)
    const before = frames.length
    way.freeAtMs = time.nowMs() + 300
    for (let i = 0; i < 10; i++) {
      loop.changed()
      await time.advance(20)
    }
    expect(frames.length).to.equal(before)
    await time.advance(200)
    expect(frames[before]?.atMs).closeTo(way.freeAtMs, 2)
    await loop.stop()
  })
})
