import { expect } from 'chai'
import type { BrowserContext } from 'playwright-core'
import { defaultStrategies, type Strategies } from '../../../config/settings/strategies.ts'
import type { Peer } from '../../../edge/peer/peer.ts'
import { acceptOffer } from '../../../edge/peer/weriftPeer.ts'
import { startVideo, type VideoStream } from '../../../edge/stream/pipeline.ts'
import { type LinkConditions, perfect, randomLoss, steady } from '../../link/conditions.ts'
import { leadThrough, type Link, openLink } from '../../link/link.ts'
import { until } from '../sandbox/rig.ts'
import { openStreamBed, type StreamBed } from '../stream/bed.ts'
import { openReceiver, type ReceiverPage } from '../stream/receiverPage.ts'

interface Received {
  readonly framesDecoded: number
  readonly packetsLost: number
  readonly nackCount: number
  readonly fecPacketsReceived: number
  readonly retransmittedPacketsReceived: number
  readonly totalFreezesDuration: number
}

/** 60 ms there and back: a retransmission is four frames late. */
const away: LinkConditions = { ...perfect, delayMs: 30 }

describe('a peer whose packets get lost', () => {
  let bed: StreamBed
  let link: Link
  let context: BrowserContext
  let receiver: ReceiverPage

  before(async function () {
    this.timeout(60_000)
    bed = await openStreamBed(27, 320, 180)
  })
  after(() => bed[Symbol.asyncDispose]())
  beforeEach(async () => {
    link = await openLink({ up: steady(away), down: steady(away) })
    context = await bed.browser.newContext()
    await leadThrough(context, link)
    receiver = await openReceiver(context)
  })
  afterEach(async () => {
    await receiver[Symbol.asyncDispose]()
    await context.close()
    await link[Symbol.asyncDispose]()
  })

  async function play(
    strategies: Partial<Strategies>,
  ): Promise<{ peer: Peer; video: VideoStream } & AsyncDisposable> {
    const offer = await receiver.offer('h264')
    let video: VideoStream | null = null
    const { answerSdp, peer } = await acceptOffer(
      offer,
      { codecs: ['h264'], advertise: [], strategies: { ...defaultStrategies, ...strategies } },
      { onInput() {}, onControl() {}, onKeyframeRequest: () => video?.requestKeyframe() },
    )
    await receiver.answer(answerSdp)
    await peer.connected
    const started = await startVideo({
      display: bed.display,
      inputClock: { lastAppliedId: 0, lastReceivedAtMs: 0, lastAppliedAtMs: 0 },
      settings: { codec: 'h264', widthPx: 320, heightPx: 180, fps: 60, maxBitrateBps: 2_000_000 },
      peer,
      onFrameSent() {},
      onFailed: (error) => {
        throw error
      },
    })
    video = started
    bed.drawing.animate(60)
    return {
      peer,
      video: started,
      async [Symbol.asyncDispose]() {
        bed.drawing.stop()
        await started[Symbol.asyncDispose]()
        await peer[Symbol.asyncDispose]()
      },
    }
  }

  const received = () =>
    receiver.evaluate<Received>(
      `connection.getStats().then((stats) => ({
        framesDecoded: 0, fecPacketsReceived: 0, retransmittedPacketsReceived: 0,
        ...[...stats.values()].find(({ type, kind }) => type === 'inbound-rtp' && kind === 'video'),
      }))`,
    )
  const decodes = (frames: number) =>
    until(`${frames} frames decoded`, async () => (await received()).framesDecoded >= frames, 30_000)

  it('sends again what the browser misses, and nothing where nothing is lost', async () => {
    const playing = await play({ fec: 'none' })
    await decodes(60)
    const before = await received()
    expect(before.nackCount).to.equal(0)
    await link.set('down', { loss: randomLoss(0.05) })
    expect(await receiver.evaluate('captureLagMs()')).within(away.delayMs - 5, 200)
    await until('packets are missed', async () => (await received()).nackCount >= 8, 30_000)
    const after = await received()
    // Without retransmission each loss stops the picture for some 3 s.
    expect(after.totalFreezesDuration).below(3)
    expect(after.retransmittedPacketsReceived).above(before.retransmittedPacketsReceived + 4)
    expect(playing.peer.network.estimate.lossRatio).above(0.005)
    await playing[Symbol.asyncDispose]()
  }).timeout(60_000)

  it('protects frames once packets get lost, so that the browser rebuilds them', async () => {
    const playing = await play({ retransmission: 'none' })
    await decodes(60)
    expect((await received()).fecPacketsReceived).to.equal(0)
    await link.set('down', { loss: randomLoss(0.03) })
    await until('packets are lost', () => playing.peer.network.estimate.lossRatio > 0.01, 20_000)
    const before = await received()
    await until('more are', async () => (await received()).packetsLost >= before.packetsLost + 4, 30_000)
    const after = await received()
    expect(after.fecPacketsReceived).above(before.fecPacketsReceived + 10)
    expect(after.totalFreezesDuration - before.totalFreezesDuration).below(4)
    await playing[Symbol.asyncDispose]()
  }).timeout(60_000)
})
