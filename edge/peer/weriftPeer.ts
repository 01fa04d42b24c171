import { randomInt } from 'node:crypto'
import { RTCPeerConnection, type RTCRtpTransceiver } from 'werift'
import { defaultStrategies } from '../../config/settings/strategies.ts'
import { collectChannels } from './channels.ts'
import { addSender, connectionConfig } from './connectionConfig.ts'
import { deferred } from './deferred.ts'
import { extensionIds } from './headerExtensions.ts'
import { createLiveness } from './liveness.ts'
import { createMediaSender, type MediaSender } from './mediaSender.ts'
import { negotiate } from './offer.ts'
import { openPath } from './path.ts'
import { withProtection } from './protectedAnswer.ts'
import { withReferenceTimes } from './referenceReply.ts'
import type { Peer, PeerEvents, PeerOptions } from './peer.ts'

const SILENT_MS = 4000
const LOST_MS = 20_000
const CHECK_MS = 250
/** A browser that receives anything says so at least once a second (RTCP): after more than this, packets were lost. */
const OUTAGE_MS = 1500

/**
 * Answers a browser's offer with one complete answer, every candidate in it. Throws NoCommonCodec.
 * The node is an ICE-lite agent: it answers checks on addresses that it knows, and asks nobody else.
 */
export async function acceptOffer(
  offerSdp: string,
  options: PeerOptions,
  events: PeerEvents,
): Promise<{ answerSdp: string; peer: Peer }> {
  const negotiated = negotiate(offerSdp, options.codecs)
  const now = () => performance.now()
  const liveness = createLiveness({ silentMs: SILENT_MS, lostMs: LOST_MS }, now())
  let alive = true
  let up = false
  const look = (state: 'alive' | 'silent') => {
    if (!up || (state === 'alive') === alive) return
    alive = state === 'alive'
    events.onAlive?.(alive)
  }
  let media: MediaSender | null = null
  /** What was on its way is gone: the decoder can go on from a keyframe only, and need not ask for it. */
  const onPathBack = () => {
    if (up) events.onKeyframeRequest()
  }
  const path = await openPath(offerSdp, options, {
    onHeard() {
      const quietMs = liveness.heard(now())
      look('alive')
      if (quietMs > OUTAGE_MS) onPathBack()
    },
    onMoved() {
      media?.pathChanged()
      onPathBack()
    },
  })
  const connection = new RTCPeerConnection(connectionConfig(negotiated))
  try {
    const video = addSender(connection, 'video')
    const audio = negotiated.audio === null ? null : addSender(connection, 'audio')
    const channels = collectChannels(connection, events)
    await connection.setRemoteDescription({ type: 'offer', sdp: negotiated.sdp })
    const transport = video.dtlsTransport
    path.carry(transport.iceTransport)
    // As DTLS server the node starts at the browser's first packet; werift's client would wait 100 ms first.
    transport.role = 'server'
    await connection.setLocalDescription(await connection.createAnswer())
    const ownSdp = connection.localDescription?.sdp
    if (ownSdp === undefined) throw new Error('no local description')
    const { fecPayloadType } = negotiated
    const fec = fecPayloadType === null ? null : { payloadType: fecPayloadType, ssrc: randomInt(1, 2 ** 32) }
    const reporting = withReferenceTimes(offerSdp, ownSdp)
    const answerSdp = fec === null ? reporting : withProtection(reporting, video.sender.ssrc, fec.ssrc)

    const sender = createMediaSender({
      transport,
      video: { ...streamOf(video), codecs: negotiated.codecs, rtxSsrc: video.sender.rtxSsrc, fec },
      audio: negotiated.audio === null || audio === null ? null : { ...streamOf(audio), ...negotiated.audio },
      strategies: options.strategies ?? defaultStrategies,
      cname: connection.cname,
      onKeyframeRequest: () => events.onKeyframeRequest(),
      onEstimate: () => events.onEstimate?.(),
    })
    media = sender

    type ClosedReason = Awaited<Peer['closed']>['reason']
    const closed = deferred<{ reason: ClosedReason }>()
    const connected = deferred<void>()
    let ended = false
    let finished = Promise.resolve()
    const end = (reason: ClosedReason) => {
      if (ended) return
      ended = true
      clearInterval(checks)
      sender.close()
      connected.reject(new Error(`the connection ended before it was up: ${reason}`))
      closed.resolve({ reason })
      finished = connection.close().then(() => path.close())
      finished.catch(() => {})
    }
    connected.promise.catch(() => {})

    const checks = setInterval(() => {
      const state = liveness.check(now())
      if (state === 'lost') return end('ice-failed')
      look(state)
    }, CHECK_MS)

    transport.onStateChange.subscribe((state) => {
      if (state === 'closed') end('dtls-closed')
      if (state === 'failed') end('ice-failed')
    })
    connection.connectionStateChange.subscribe((state) => {
      if (state === 'failed') end('ice-failed')
    })
    void channels.lost.then(() => end('channel-closed'))
    void channels.open.then(() => {
      up = true
      connected.resolve(undefined)
    })

    const peer: Peer = {
      codecs: negotiated.codecs.map(({ codec }) => codec),
      connected: connected.promise,
      closed: closed.promise,
      // An ICE-lite agent has no use for them: it learns the browser's address from the browser's checks.
      addRemoteCandidate: () => Promise.resolve(),
      restartIce: (nextOfferSdp) => path.restart(nextOfferSdp),
      network: sender.network,
      get distance() {
        const { leastMs: rttMs, samples } = sender.rtt
        const address = path.remoteAddress
        return rttMs === null || address === null ? null : { address, rttMs, samples }
      },
      sendVideo: (frame) => sender.sendVideo(frame),
      setPlayoutDelay: (delay) => sender.setPlayoutDelay(delay),
      sendAudio: (payload, rtpTimestamp) => sender.sendAudio(payload, rtpTimestamp),
      sendControl: (text) => channels.send('control', text),
      sendFrameRecord: (record) =>
        channels.send('frames', Buffer.from(record.buffer, record.byteOffset, record.byteLength)),
      async [Symbol.asyncDispose]() {
        end('closed-by-us')
        await finished
      },
    }
    return { answerSdp: await path.answer(answerSdp), peer }
  } catch (error) {
    await connection.close()
    await path.close()
    throw error
  }
}

function streamOf(transceiver: RTCRtpTransceiver) {
  const { sender, mid, headerExtensions } = transceiver
  return { ssrc: sender.ssrc, mid: mid ?? null, ids: extensionIds(headerExtensions) }
}
