import { expect } from 'chai'
import { encodeFrameRecord } from '../../../config/protocol/frameRecord.ts'
import type { Peer, PeerEvents } from '../../../edge/peer/peer.ts'
import { acceptOffer } from '../../../edge/peer/weriftPeer.ts'
import { startVideo, type VideoStream } from '../../../edge/stream/pipeline.ts'
import type { VideoCodec } from '../../../edge/stream/stages.ts'
import { openStreamBed, type StreamBed } from './bed.ts'
import { openReceiver, type ReceiverPage } from './receiverPage.ts'

const noEvents: PeerEvents = { onInput() {}, onControl() {}, onKeyframeRequest() {} }

describe('a real browser', () => {
  let bed: StreamBed
  let receiver: ReceiverPage

  before(async function () {
    this.timeout(60_000)
    bed = await openStreamBed(23, 640, 360)
  })
  after(() => bed[Symbol.asyncDispose]())
  beforeEach(async () => {
    receiver = await openReceiver(bed.browser)
  })
  afterEach(() => receiver[Symbol.asyncDispose]())

  async function connect(
    codec: VideoCodec | readonly VideoCodec[],
    events: Partial<PeerEvents> = {},
  ): Promise<Peer> {
    const offer = await receiver.offer(...[codec].flat())
    const { answerSdp, peer } = await acceptOffer(
      offer,
      { codecs: ['h264', 'vp8', 'vp9', 'av1'], advertise: [] },
      { ...noEvents, ...events },
    )
    await receiver.answer(answerSdp)
    await peer.connected
    return peer
  }

  async function stream(peer: Peer): Promise<VideoStream> {
    return startVideo({
      display: bed.display,
      inputClock: { lastAppliedId: 0, lastReceivedAtMs: 0, lastAppliedAtMs: 0 },
      settings: {
        codec: peer.codecs[0] ?? 'vp8',
        widthPx: 640,
        heightPx: 360,
        fps: 60,
        maxBitrateBps: 4_000_000,
      },
      peer,
      onFrameSent: (frame) => void peer.sendFrameRecord(encodeFrameRecord(frame)),
      onFailed: (error) => {
        throw error
      },
    })
  }

  for (const codec of ['h264', 'vp8', 'vp9', 'av1'] as const) {
    it(`plays ${codec} of a moving screen, with a record beside each frame, in the colours that were drawn`, async () => {
      let video: VideoStream | null = null
      const peer = await connect(codec, { onKeyframeRequest: () => video?.requestKeyframe() })
      expect(peer.codecs[0]).to.equal(codec)
      video = await stream(peer)
      bed.drawing.animate(60)
      await receiver.until('stage.currentTime > 0.5 && received.frames > 30 && received.records > 30')
      bed.drawing.stop()
      bed.drawing.fill(0x20c040, 0, 0, 640, 360)
      // The first frames after a change may be coarse; the ones that sharpen it come within the second.
      await receiver.until(
        'colourAt(320, 180).every((value, i) => Math.abs(value - [0x20, 0xc0, 0x40][i]) <= 8)',
      )
      await video[Symbol.asyncDispose]()
      await peer[Symbol.asyncDispose]()
    })
  }

  it('goes on playing when the codec changes in mid-session, without another negotiation', async () => {
    let video: VideoStream | null = null
    const peer = await connect(['h264', 'vp8', 'vp9', 'av1'], {
      onKeyframeRequest: () => video?.requestKeyframe(),
    })
    expect(peer.codecs).to.deep.equal(['h264', 'vp8', 'vp9', 'av1'])
    video = await stream(peer)
    bed.drawing.animate(60)
    await receiver.until('received.frames > 30')
    expect(await receiver.codecInUse()).to.equal('h264')
    for (const codec of ['vp8', 'av1', 'vp9', 'h264'] as const) {
      const before = await receiver.evaluate<number>('received.frames')
      video.update({ codec })
      await receiver.until(`received.frames > ${before + 30}`)
      expect(await receiver.codecInUse()).to.equal(codec)
    }
    bed.drawing.stop()
    await video[Symbol.asyncDispose]()
    await peer[Symbol.asyncDispose]()
  })

  it('sends its inputs and gets control texts back', async () => {
    const inputs: [string, number[]][] = []
    const controls: string[] = []
    const peer: Peer = await connect('vp8', {
      onInput: (channel, data) => inputs.push([channel, [...data]]),
      onControl(text) {
        controls.push(text)
        peer.sendControl(`echo ${text}`)
      },
    })
    await receiver.evaluate(
      'channels.keys.send(new Uint8Array([1, 2])), channels.motion.send(new Uint8Array([3]))',
    )
    await receiver.evaluate('channels.control.send("hello")')
    await receiver.until('received.controls.includes("echo hello")')
    expect(controls).to.deep.equal(['hello'])
    expect(inputs).to.have.deep.members([
      ['keys', [1, 2]],
      ['motion', [3]],
    ])
    await peer[Symbol.asyncDispose]()
  })

  it('is known to have gone at once when it closes the connection', async () => {
    const peer = await connect('vp8')
    const from = performance.now()
    await receiver.evaluate('connection.close()')
    expect((await peer.closed).reason).to.be.oneOf(['dtls-closed', 'channel-closed'])
    expect(performance.now() - from).below(1500)
  })

  it('is known to be silent within five seconds when it vanishes without a word', async () => {
    let told: ((alive: boolean) => void) | null = null
    const silent = new Promise<boolean>((resolve) => {
      told = resolve
    })
    const peer = await connect('vp8', { onAlive: (alive) => told?.(alive) })
    const from = performance.now()
    const crash = await receiver.page.context().newCDPSession(receiver.page)
    void crash.send('Page.crash').catch(() => {})
    const closed = peer.closed.then(() => false)
    expect(await Promise.race([silent, closed])).to.equal(false)
    expect(performance.now() - from).below(5000)
    await peer[Symbol.asyncDispose]()
  })
})
