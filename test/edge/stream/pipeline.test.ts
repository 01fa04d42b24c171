import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import type { Display } from '../../../edge/display/display.ts'
import { openFramebuffer } from '../../../edge/display/framebuffer.ts'
import { startDisplay } from '../../../edge/display/xvfb.ts'
import { wallClockMs } from '../../../edge/stream/clock.ts'
import { type SentFrame, startVideo, type VideoStream } from '../../../edge/stream/pipeline.ts'
import type { InputClock, StreamSettings } from '../../../edge/stream/stages.ts'
import { createDecoder } from '../media/decoder.ts'
import { type Drawing, openDrawing } from './drawing.ts'

const settings: StreamSettings = {
  codec: 'vp8',
  widthPx: 320,
  heightPx: 180,
  fps: 60,
  maxBitrateBps: 2_000_000,
}

describe('video from a real display', () => {
  let folder: string
  let display: Display
  let drawing: Drawing
  let video: VideoStream
  const clock: InputClock = { lastAppliedId: 0, lastReceivedAtMs: 0, lastAppliedAtMs: 0 }
  const sent: (SentFrame & { data: Buffer })[] = []
  let waiting: (() => void)[] = []

  /** Settles after the next frame that fits. */
  async function frame(
    fits: (frame: SentFrame & { data: Buffer }) => boolean,
  ): Promise<SentFrame & { data: Buffer }> {
    for (let from = sent.length; ; ) {
      const found = sent.slice(from).find(fits)
      if (found !== undefined) return found
      from = sent.length
      await new Promise<void>((resolve) => waiting.push(resolve))
    }
  }

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'nearcade-stream-'))
    display = await startDisplay({ sessionDir: folder, seat: 21, widthPx: 320, heightPx: 180 })
    drawing = await openDrawing(display)
    let data = Buffer.alloc(0)
    video = await startVideo({
      display,
      inputClock: clock,
      settings,
      // VP8's payloads are a descriptor of four bytes and a part of the frame.
      peer: {
        network: { queuedMs: 0 },
        sendVideo({ payloads, onSent }) {
          data = Buffer.concat(payloads.map((payload) => payload.subarray(4)))
          onSent(wallClockMs())
        },
      },
      onFrameSent(one) {
        sent.push({ ...one, data })
        for (const wake of waiting.splice(0)) wake()
      },
      onFailed: (error) => {
        throw error
      },
    })
  })
  after(async () => {
    await video[Symbol.asyncDispose]()
    await drawing[Symbol.asyncDispose]()
    await display[Symbol.asyncDispose]()
    await rm(folder, { recursive: true, force: true })
    waiting = []
  })

  it('maps the screen in the colours that were drawn', async () => {
    drawing.fill(0x1080f0, 0, 0, 320, 180)
    drawing.fill(0xff0000, 20, 10, 4, 4)
    await drawing.settled()
    const framebuffer = openFramebuffer(display.framebufferFile)
    const pixel = (x: number, y: number) =>
      framebuffer.view.readUInt32LE(y * framebuffer.strideBytes + x * 4) & 0xffffff
    expect([framebuffer.widthPx, framebuffer.heightPx]).to.deep.equal([320, 180])
    expect(pixel(21, 11)).to.equal(0xff0000)
    expect(pixel(24, 11)).to.equal(0x1080f0)
    framebuffer.close()
  })

  it('sends what was drawn, with times in order and the input that came before it', async () => {
    const decoder = await createDecoder('vp8')
    Object.assign(clock, { lastAppliedId: 41, lastReceivedAtMs: 5, lastAppliedAtMs: 6 })
    video.requestKeyframe()
    const next = frame(({ inputId }) => inputId === 41)
    drawing.fill(0x00ff00, 0, 0, 320, 180)
    const first = await next
    expect(first).to.include({ inputId: 41, inputReceivedAtMs: 5, inputAppliedAtMs: 6 })
    expect(first.capturedAtMs).at.most(first.encodedAtMs)
    expect(first.encodedAtMs).at.most(first.sentAtMs)
    expect(first.rtpTimestamp).to.equal(Math.round(first.capturedAtMs * 90) % 2 ** 32)
    video.requestKeyframe()
    const keyframe = await frame((one) => one.keyframe)
    const decoded = decoder.decode(keyframe.data)
    decoder.close()
    decoded?.at(160, 90).forEach((value, index) => expect(value).closeTo([145, 54, 34][index] ?? 0, 12))
  })

  it('skips a change that leaves every pixel as it was', async () => {
    drawing.fill(0x334455, 0, 0, 320, 180)
    await frame(({ inputId }) => inputId === 41)
    const before = video.counters.framesUnchanged
    while (video.counters.framesUnchanged < before + 3) {
      drawing.fill(0x334455, 0, 0, 320, 180)
      await drawing.settled()
    }
    expect(video.counters.framesUnchanged).at.least(before + 3)
  })

  it('sends next to nothing while the screen is still, but does not fall asleep', async () => {
    await frame(() => true)
    const from = performance.now()
    const count = video.counters.framesEncoded
    await frame(({ sentAtMs }) => sentAtMs - performance.timeOrigin > from + 1500)
    expect(video.counters.framesEncoded - count).within(1, 7)
  })

  it('changes size and rate on the fly, beginning with a keyframe', async () => {
    const decoder = await createDecoder('vp8')
    video.update({ widthPx: 160, heightPx: 90, maxBitrateBps: 1_000_000 })
    const first = await frame((one) => one.keyframe)
    expect(decoder.decode(first.data)).to.include({ widthPx: 160, heightPx: 90 })
    decoder.close()
    expect(video.settings).to.include({ widthPx: 160, heightPx: 90, maxBitrateBps: 1_000_000, fps: 60 })
  })
})

describe('video', () => {
  it('tells when its display goes away, and can still be disposed of', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'nearcade-stream-'))
    const display = await startDisplay({ sessionDir: folder, seat: 22, widthPx: 320, heightPx: 180 })
    let video: VideoStream | null = null
    const failed = new Promise<Error>((resolve) => {
      void startVideo({
        display,
        inputClock: { lastAppliedId: 0, lastReceivedAtMs: 0, lastAppliedAtMs: 0 },
        settings,
        peer: { network: { queuedMs: 0 }, sendVideo: ({ onSent }) => onSent(wallClockMs()) },
        onFrameSent() {
          void display[Symbol.asyncDispose]()
        },
        onFailed: resolve,
      }).then((started) => {
        video = started
      })
    })
    expect((await failed).message).to.match(/X server/)
    await (video as VideoStream | null)?.[Symbol.asyncDispose]()
    await rm(folder, { recursive: true, force: true })
  })
})
