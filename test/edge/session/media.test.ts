import { expect } from 'chai'
import type { ToBrowser } from '../../../config/protocol/control.ts'
import { defaultStream } from '../../../config/protocol/stream.ts'
import type { Display } from '../../../edge/display/display.ts'
import type { Peer } from '../../../edge/peer/peer.ts'
import { createMedia } from '../../../edge/session/media.ts'
import type { VideoOptions, VideoStream } from '../../../edge/stream/pipeline.ts'
import type { StreamSettings } from '../../../edge/stream/stages.ts'
import { until } from '../sandbox/rig.ts'

const counters = { framesDropped: 0 }

/** Picture and sound of a session whose encoder and network are the test's. */
async function open() {
  const updates: Partial<StreamSettings>[] = []
  const time = { nowMs: 0 }
  const reports: Extract<ToBrowser, { kind: 'network' }>[] = []
  const network = {
    estimate: { targetBps: 10e6, pacingBps: 25e6, rttMs: 40, lossRatio: 0, lossBurst: 1, usage: 'normal' },
    videoBps: 9e6,
    queuedMs: 0,
    setBounds() {},
  }
  let settings: StreamSettings | null = null
  const media = createMedia({
    display: {} as Display,
    sound: null,
    inputClock: { lastAppliedId: 0, lastReceivedAtMs: 0, lastAppliedAtMs: 0 },
    stream: defaultStream,
    nowMs: () => time.nowMs,
    async startVideo(options: VideoOptions) {
      settings = options.settings
      return {
        counters,
        settings,
        update: (change: Partial<StreamSettings>) => updates.push(change),
        requestKeyframe() {},
        setDisplayPhase() {},
        async [Symbol.asyncDispose]() {},
      } as unknown as VideoStream
    },
    startAudio: () => Promise.reject(new Error('silent')),
    onNetwork: (report) => reports.push(report),
    onFailed(error) {
      throw error
    },
    log() {},
  })
  await media.play({ codecs: ['av1', 'h264'], network } as unknown as Peer, [])
  return { media, network, time, updates, reports, settings: settings as StreamSettings | null }
}

describe('picture and sound of a session', () => {
  it('begin with the best codec at what the network carries, and follow it with the next estimate', async () => {
    const { media, network, updates, settings } = await open()
    expect(settings).to.include({ codec: 'av1', maxBitrateBps: 8_000_000 })
    network.videoBps = 2e6
    media.networkChanged()
    expect(updates.at(-1)?.maxBitrateBps).to.equal(2e6)
    await media.stop()
  })

  it('go on with another codec when the browser keeps no pace with the first', async () => {
    const { media, updates, time } = await open()
    const slow = {
      fps: 20,
      bitrateBps: 1e6,
      rttMs: 40,
      jitterMs: 1,
      lossPercent: 0,
      clickToPhotonMs: null,
      decodeMs: 40,
      framesDropped: 30,
      freezes: 0,
    }
    for (; time.nowMs <= 10_000; time.nowMs += 2000) media.heardOf(slow)
    expect(updates).to.deep.include({ codec: 'h264' })
    await media.stop()
  })

  it('tell the player what the path carries while they last', async () => {
    const { media, reports } = await open()
    await until('a report', () => reports.length > 0)
    expect(reports[0]).to.include({ kind: 'network', targetBps: 10e6, rttMs: 40 })
    await media.stop()
  })
})
