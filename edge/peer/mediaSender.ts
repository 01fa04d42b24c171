import type { RTCDtlsTransport, RtcpPacket } from 'werift'
import type { Strategies } from '../../config/settings/strategies.ts'
import { rtpTimestamp as stampAt } from '../stream/clock.ts'
import { createGcc } from '../transport/congestion/gcc.ts'
import { createNoController } from '../transport/congestion/none.ts'
import { createNetwork } from '../transport/network.ts'
import { createNoPacer } from '../transport/pacer/none.ts'
import type { PacerOptions } from '../transport/pacer/pacer.ts'
import { createPriorityPacer } from '../transport/pacer/priority.ts'
import { createFlexfec } from '../transport/protect/flexfec.ts'
import { createRepairBudget } from '../transport/repairBudget.ts'
import { createRepairCopies } from '../transport/repairCopies.ts'
import { noProtector } from '../transport/protect/none.ts'
import { fecOverhead } from '../transport/protect/overhead.ts'
import { redundantBlocks } from '../transport/protect/red.ts'
import { type AudioOut, createAudioOut } from './audioOut.ts'
import type { ExtensionIds, PlayoutDelay } from './headerExtensions.ts'
import { createKeyframeAnswers } from './keyframeAnswers.ts'
import type { NegotiatedAudio, NegotiatedVideoCodec } from './offer.ts'
import { createPathRtt, type PathRtt } from './pathRtt.ts'
import type { PeerNetwork, VideoFrameOut } from './peer.ts'
import { referenceReply } from './referenceReply.ts'
import { onRtcp, type RtcpMessage } from './rtcpIn.ts'
import type { RtpStream } from './rtpStream.ts'
import { createRtpWriter } from './rtpWriter.ts'
import { senderReport } from './senderReport.ts'
import { createVideoOut } from './videoOut.ts'

const REPORT_MS = 1000
/** As large as the packetizers make them. */
const PACKET_BYTES = 1200
/** Show each frame as soon as it is decoded. */
const NO_DELAY: PlayoutDelay = { minMs: 0, maxMs: 0 }
const START_BOUNDS = { minBps: 300_000, startBps: 4_000_000, maxBps: 50_000_000 }

interface Writable {
  serialize(): Buffer
}

interface StreamOptions {
  readonly ssrc: number
  readonly mid: string | null
  readonly ids: ExtensionIds
}

export interface MediaSenderOptions {
  readonly transport: RTCDtlsTransport
  readonly video: StreamOptions & {
    readonly codecs: readonly NegotiatedVideoCodec[]
    readonly rtxSsrc: number
    /** FlexFEC; null where the browser does not take it. */
    readonly fec: { readonly payloadType: number; readonly ssrc: number } | null
  }
  readonly audio: (StreamOptions & NegotiatedAudio) | null
  readonly strategies: Strategies
  readonly cname: string
  onKeyframeRequest(): void
  onEstimate(): void
}

/** RTP and RTCP of one connection, on werift's encrypted transport. werift's own sender paces nothing and keeps too short a history. */
export interface MediaSender {
  readonly network: PeerNetwork
  readonly rtt: Pick<PathRtt, 'leastMs' | 'samples'>
  sendVideo(frame: VideoFrameOut): void
  sendAudio(payload: Buffer, rtpTimestamp: number): void
  /** From the next frame on. 0 to 0: as soon as decoded; the browser chooses where the two differ. */
  setPlayoutDelay(delay: PlayoutDelay): void
  /** The path leads elsewhere now: what was learnt of it is void. */
  pathChanged(): void
  close(): void
}

export function createMediaSender(options: MediaSenderOptions): MediaSender {
  const { transport, strategies } = options
  const nowMs = () => performance.now()
  const wallMs = () => performance.timeOrigin + performance.now()
  const keyframes = createKeyframeAnswers()
  const rtt = createPathRtt()
  let playoutDelay = NO_DELAY

  const pacerOptions: PacerOptions = {
    nowMs,
    after(ms, callback) {
      const timer = setTimeout(callback, ms)
      return () => clearTimeout(timer)
    },
    padding: (bytes) => video.padding(bytes),
    onDropped: () => options.onKeyframeRequest(),
  }
  const pacer = strategies.pacer === 'none' ? createNoPacer(pacerOptions) : createPriorityPacer(pacerOptions)
  const network = createNetwork({
    controller: strategies.congestion === 'none' ? createNoController(START_BOUNDS) : createGcc(START_BOUNDS),
    pacer,
    nowMs,
    every(ms, callback) {
      const timer = setInterval(callback, ms)
      return () => clearInterval(timer)
    },
    onEstimate: () => options.onEstimate(),
    onMissing(packets) {
      copies.send(video.repairUnasked(packets, nowMs(), network.estimate.targetBps), network.estimate)
    },
  })
  const spare = createRepairBudget(1)
  const takeSpare = (packets: number): boolean =>
    spare.take(packets * PACKET_BYTES, nowMs(), Math.max(1, network.spareBps))
  const copies = createRepairCopies({ push: (packets) => pacer.push(packets), after: pacerOptions.after })
  const writer = createRtpWriter(transport, network.history, network.onSent)
  const video = createVideoOut({
    ...options.video,
    repairs: strategies.retransmission === 'history',
    protection: options.video.fec && {
      ...options.video.fec,
      protector: strategies.fec === 'none' ? noProtector : createFlexfec(options.video.ssrc),
      overhead: (frame) => (strategies.fec === 'none' ? 0 : fecOverhead(network.estimate, frame, takeSpare)),
      push: (packets) => pacer.push(packets),
    },
    writer,
    wallMs,
    onBeyondRepair: () => options.onKeyframeRequest(),
  })
  const audio: AudioOut | null =
    options.audio &&
    createAudioOut({
      ...options.audio,
      writer,
      redundantBlocks() {
        const { lossRatio, targetBps } = network.estimate
        return strategies.audioRedundancy === 'none' ? 0 : redundantBlocks(lossRatio, targetBps)
      },
    })

  const reportOf = (stream: RtpStream, clockHz: number, atMs: number) =>
    senderReport(stream, { wallMs: atMs, rtpTimestamp: stampAt(atMs, clockHz) }, options.cname)
  const sendRtcp = (packets: Writable[]) =>
    // werift asks no more of a packet than that it can be written.
    void transport.sendRtcp(packets as RtcpPacket[]).catch(() => {})

  function receive(message: RtcpMessage): void {
    switch (message.kind) {
      case 'keyframe':
        if (keyframes.isNew(nowMs(), network.estimate.rttMs)) options.onKeyframeRequest()
        return
      case 'nack':
        if (message.ssrc !== options.video.ssrc) return
        return copies.send(video.repair(message.lost, nowMs(), network.estimate), network.estimate)
      case 'transport':
        return network.onFeedback(message.feedback)
      case 'received':
        if (message.ssrc === options.video.ssrc) video.known()
        if (message.ssrc === options.audio?.ssrc) audio?.known()
        return rtt.report(message.times, wallMs())
      case 'reference': {
        // A compound packet begins with a report (RFC 3550 section 6.1).
        const report = reportOf(video.stream, 90_000, wallMs())
        const reply = referenceReply(options.video.ssrc, message)
        return sendRtcp([...report, { serialize: () => reply }])
      }
      default:
        return message satisfies never
    }
  }
  const endRtcp = onRtcp(transport, receive)

  const reports = setInterval(() => {
    if (transport.state !== 'connected') return
    const atMs = wallMs()
    for (const stream of video.streams) if (stream.packets > 0) sendRtcp(reportOf(stream, 90_000, atMs))
    if (audio !== null && audio.stream.packets > 0) sendRtcp(reportOf(audio.stream, 48_000, atMs))
  }, REPORT_MS)

  return {
    network,
    rtt,
    sendVideo(frame) {
      if (transport.state !== 'connected') return
      const onSent = (sentAtMs: number) => {
        if (frame.keyframe) keyframes.sent(nowMs())
        frame.onSent(sentAtMs)
      }
      pacer.push(video.frame({ ...frame, onSent }, playoutDelay))
    },
    sendAudio(payload, timestamp) {
      if (audio !== null && transport.state === 'connected') pacer.push([audio.packet(payload, timestamp)])
    },
    setPlayoutDelay(delay) {
      playoutDelay = delay
    },
    pathChanged() {
      network.reset()
      rtt.reset()
    },
    close() {
      copies.close()
      clearInterval(reports)
      endRtcp()
      network.close()
      pacer.close()
    },
  }
}
