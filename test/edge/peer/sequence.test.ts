import { expect } from 'chai'
import {
  GenericNack,
  RTCPeerConnection,
  RTCRtpCodecParameters,
  RTCRtpHeaderExtensionParameters,
  RtcpTransportLayerFeedback,
  type RtpPacket,
} from 'werift'
import { defaultStrategies } from '../../../config/settings/strategies.ts'
import { extensionUris } from '../../../edge/peer/headerExtensions.ts'
import { acceptOffer } from '../../../edge/peer/weriftPeer.ts'
import { until } from '../sandbox/rig.ts'

const { transportWide, absSendTime, playoutDelay, absCaptureTime, mid } = extensionUris

/** Another WebRTC implementation than a browser's, which shows packets as they arrive. */
function createReceiver(): RTCPeerConnection {
  const extensions = [transportWide, absSendTime, playoutDelay, absCaptureTime, mid].map(
    (uri) => new RTCRtpHeaderExtensionParameters({ uri }),
  )
  return new RTCPeerConnection({
    codecs: {
      video: [
        new RTCRtpCodecParameters({ mimeType: 'video/VP8', clockRate: 90_000, payloadType: 96 }),
        new RTCRtpCodecParameters({
          mimeType: 'video/rtx',
          clockRate: 90_000,
          payloadType: 97,
          parameters: 'apt=96',
        }),
      ],
      audio: [
        new RTCRtpCodecParameters({
          mimeType: 'audio/opus',
          clockRate: 48_000,
          channels: 2,
          payloadType: 111,
        }),
      ],
    },
    headerExtensions: { video: extensions, audio: extensions },
    iceServers: [],
    bundlePolicy: 'max-bundle',
  })
}

describe('the packets of a peer', () => {
  it('carry one rising number space over picture, sound and repairs, sent all at once, with all that was negotiated', async () => {
    const receiver = createReceiver()
    const video = receiver.addTransceiver('video', { direction: 'recvonly' })
    receiver.addTransceiver('audio', { direction: 'recvonly' })
    for (const label of ['keys', 'motion', 'control', 'frames']) receiver.createDataChannel(label)
    await receiver.setLocalDescription(await receiver.createOffer())
    const { answerSdp, peer } = await acceptOffer(
      receiver.localDescription?.sdp ?? '',
      {
        codecs: ['vp8'],
        advertise: [],
        strategies: { ...defaultStrategies, pacer: 'none', congestion: 'none' },
      },
      { onInput() {}, onControl() {}, onKeyframeRequest() {} },
    )
    const arrived: RtpPacket[] = []
    video.dtlsTransport.onRtp.subscribe((packet) => void arrived.push(packet))
    await receiver.setRemoteDescription({ type: 'answer', sdp: answerSdp })
    await peer.connected

    const wallMs = () => performance.timeOrigin + performance.now()
    const frame = (number: number) => {
      const payloads = Array.from({ length: 10 }, () => Buffer.alloc(1000, number))
      const rtpTimestamp = number * 1500
      const capturedAtMs = wallMs()
      peer.sendVideo({
        codec: 'vp8',
        payloads,
        rtpTimestamp,
        keyframe: number === 0,
        capturedAtMs,
        onSent() {},
      })
    }
    peer.setPlayoutDelay({ minMs: 0, maxMs: 100 })
    for (let number = 0; number < 5; number++) {
      frame(number)
      peer.sendAudio(Buffer.alloc(100), number * 480)
    }
    await until('the frames arrived', () => arrived.length >= 55)
    const videoSsrc = arrived[0]?.header.ssrc ?? 0
    const lost = arrived.flatMap(({ header }) => (header.ssrc === videoSsrc ? [header.sequenceNumber] : []))
    const nack = new GenericNack({ senderSsrc: 1, mediaSourceSsrc: videoSsrc, lost: lost.slice(10, 40) })
    await video.dtlsTransport.sendRtcp([new RtcpTransportLayerFeedback({ feedback: nack })])
    // Repairs are sent when the request comes: in the midst of these.
    for (let number = 5; number < 40; number++) {
      frame(number)
      peer.sendAudio(Buffer.alloc(100), number * 480)
      await new Promise((resolve) => setImmediate(resolve))
    }
    await until('all arrived', () => arrived.length >= 40 * 11 + 30)

    const ids = new Map(video.headerExtensions.map(({ uri, id }) => [uri, id]))
    const value = ({ header }: RtpPacket, uri: string) =>
      header.extensions.find(({ id }) => id === ids.get(uri))?.payload
    const numbers = arrived.map((packet) => value(packet, transportWide)?.readUInt16BE() ?? -1)
    expect(numbers).to.deep.equal(numbers.map((_, nth) => (numbers[0] ?? 0) + nth))
    const perStream = new Map<number, number[]>()
    for (const { header } of arrived) {
      const stream = perStream.get(header.ssrc) ?? []
      perStream.set(header.ssrc, [...stream, header.sequenceNumber])
    }
    expect(perStream.size).to.equal(3)
    for (const stream of perStream.values()) {
      expect(stream).to.deep.equal(stream.map((_, nth) => ((stream[0] ?? 0) + nth) & 0xffff))
    }

    const [first, second] = arrived
    if (first === undefined || second === undefined) throw new Error('nothing arrived')
    expect(value(first, playoutDelay)?.toString('hex')).to.equal('00000a')
    expect(value(second, playoutDelay)).to.equal(undefined)
    expect(value(first, mid)?.toString()).to.equal(video.mid)
    const captured = Number(value(first, absCaptureTime)?.readBigUInt64BE() ?? 0n) / 2 ** 32 - 2_208_988_800
    expect(captured).closeTo(Date.now() / 1000, 5)
    const sent = (value(first, absSendTime)?.readUIntBE(0, 3) ?? 0) / 2 ** 18
    expect((Date.now() / 1000 - sent) % 64).within(0, 5)

    await receiver.close()
    await peer[Symbol.asyncDispose]()
  })
})
