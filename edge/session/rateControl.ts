import type { ToBrowser } from '../../config/protocol/control.ts'
import type { StreamRequest } from '../../config/protocol/stream.ts'
import type { PeerNetwork } from '../peer/peer.ts'
import type { Ladder } from '../stream/ladder.ts'
import type { StreamSettings, VideoCodec } from '../stream/stages.ts'
import type { RateBounds } from '../transport/congestion/controller.ts'

export interface RateControlOptions {
  readonly network: PeerNetwork
  readonly ladder: Ladder
  nowMs(): number
  /** What to encode from the next frame on. */
  apply(settings: Omit<StreamSettings, 'codec'>): void
}

/** Lets the encoder follow what the path carries, under what the player allows. One for each connection. */
export interface RateControl {
  setCeiling(stream: StreamRequest): void
  /** Something of the network changed. */
  follow(codec: VideoCodec): void
  /** For the player. `sentBps`: what was really encoded lately; `late`: encoder or decoder keeps no pace. */
  report(sentBps: number, late: boolean): Extract<ToBrowser, { kind: 'network' }>
}

/** The least that is still a picture; below it the path carries no game. */
const MIN_BPS = 250_000
/** Nothing is known of the path: enough for a good first picture, and little enough for most paths; probes find the rest at once. */
const START_BPS = 4_000_000
/** Headers, repairs and, where many packets are lost, protection beside the picture. */
const BESIDE_VIDEO = 1.7
/** Who allows no more than `maxBps` pays for what is sent: a lossy path costs picture there, not data. */
const SPARING = { maxBps: 2_000_000, besideVideo: 1.3 }
const AUDIO_BPS = 150_000
/** Below this share of what it may take, the picture has no more to say. */
const CONTENT_SHARE = 0.7
const NETWORK_SHARE = 0.95

export function createRateControl(options: RateControlOptions, first: StreamRequest): RateControl {
  const { network, ladder } = options
  let ceiling = first
  let given = { ...first, bitrateBps: Math.min(first.maxBitrateBps, network.videoBps) }
  network.setBounds(boundsFor(first), first.maxBitrateBps)

  return {
    setCeiling(stream) {
      ceiling = stream
      network.setBounds(boundsFor(stream), stream.maxBitrateBps)
    },
    follow(codec) {
      const step = ladder.next({ nowMs: options.nowMs(), videoBps: network.videoBps, ceiling, codec })
      given = { ...step, maxBitrateBps: ceiling.maxBitrateBps }
      const { widthPx, heightPx, fps, bitrateBps } = step
      options.apply({ widthPx, heightPx, fps, maxBitrateBps: bitrateBps })
    },
    report(sentBps, late) {
      const { targetBps, lossRatio, rttMs } = network.estimate
      const { widthPx, heightPx, fps } = given
      const reduced = heightPx < ceiling.heightPx || fps < ceiling.fps
      const narrow = reduced || given.bitrateBps < NETWORK_SHARE * ceiling.maxBitrateBps
      const content = sentBps < CONTENT_SHARE * given.bitrateBps
      const limitedBy = late
        ? 'machine'
        : reduced
          ? 'network'
          : content
            ? 'content'
            : narrow
              ? 'network'
              : 'cap'
      const stream = { widthPx, heightPx, fps, bitrateBps: Math.round(sentBps) }
      return { kind: 'network', targetBps, lossRatio, rttMs, limitedBy, stream }
    },
  }
}

export const boundsFor = ({ maxBitrateBps }: StreamRequest): RateBounds => {
  const beside = maxBitrateBps <= SPARING.maxBps ? SPARING.besideVideo : BESIDE_VIDEO
  const maxBps = Math.round(maxBitrateBps * beside + AUDIO_BPS)
  return { minBps: Math.min(MIN_BPS, maxBps), startBps: Math.min(START_BPS, maxBps), maxBps }
}
