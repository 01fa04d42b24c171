import { RTCPeerConnection, type RTCRtpTransceiver } from 'werift'
import { defaultStrategies } from '../../config/settings/strategies.ts'
import { collectChannels } from './channels.ts'
import { addSender, connectionConfig } from './connectionConfig.ts'
import { deferred } from './deferred.ts'
import { extensionIds } from './headerExtensions.ts'
import { createLiveness } from './liveness.ts'
import { createMediaSender } from './mediaSender.ts'
import { negotiate } from './offer.ts'
import type { Peer, PeerEvents, PeerOptions } from './peer.ts'

const SILENT_MS = 4000
const LOST_MS = 20_000
const CHECK_MS = 250

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
  const connection = new RTCPeerConnection({
    ...connectionConfig(negotiated, options),
    iceFilterStunResponse(message, [host, port]) {
      const username = message.getAttributeValue('USERNAME')
      const ice = connection.iceTransports[0]?.connection
      // werift does not check the integrity of requests: at least both halves of the name must be known.
      if (ice === undefined || username !== `${ice.localUsername}:${ice.remoteUsername}`) return false
      liveness.heard(now())
      // The browser moved to another path (Wi-Fi to mobile, say): answer where it is now, not where it was.
      const current = ice.nominated?.remoteAddr
      const moved = current !== undefined && (current[0] !== host || current[1] !== port)
      if (moved && message.attributesKeys.includes('USE-CANDIDATE')) ice.resetNominatedPair()
      return true
    },
  })
  try {
    const video = addSender(connection, 'video')
    const audio = negotiated.audio === null ? null : addSender(connection, 'audio')
    const channels = collectChannels(connection, events)
    await connection.setRemoteDescription({ type: 'offer', sdp: negotiated.sdp })
    const transport = video.dtlsTransport
    // As DTLS server the node starts at the browser's first packet; werift's client would wait 100 ms first.
    transport.role = 'server'
    await connection.setLocalDescription(await connection.createAnswer())
    const answerSdp = connection.localDescription?.sdp
    if (answerSdp === undefined) throw new Error('no local description')

    const media = createMediaSender({
      transport,
      video: { ...streamOf(video), codecs: negotiated.codecs, rtxSsrc: video.sender.rtxSsrc },
      audio: negotiated.audio === null || audio === null ? null : { ...streamOf(audio), ...negotiated.audio },
      strategies: options.strategies ?? defaultStrategies,
      cname: connection.cname,
      onKeyframeRequest: () => events.onKeyframeRequest(),
      onEstimate: () => events.onEstimate?.(),
    })

    type ClosedReason = Awaited<Peer['closed']>['reason']
    const closed = deferred<{ reason: ClosedReason }>()
    const connected = deferred<void>()
    let ended = false
    const end = (reason: ClosedReason) => {
      if (ended) return
      ended = true
      clearInterval(checks)
      media.close()
      connected.reject(new Error(`the connection ended before it was up: ${reason}`))
      closed.resolve({ reason })
      void connection.close()
    }
    connected.promise.catch(() => {})

    let alive = true
    let up = false
    const checks = setInterval(() => {
      const state = liveness.check(now())
      if (state === 'lost') return end('ice-failed')
      if (!up || (state === 'alive') === alive) return
      alive = state === 'alive'
      events.onAlive?.(alive)
    }, CHECK_MS)

    transport.iceTransport.connection.onData.subscribe(() => liveness.heard(now()))
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
      network: media.network,
      sendVideo: (frame) => media.sendVideo(frame),
      sendAudio: (payload, rtpTimestamp) => media.sendAudio(payload, rtpTimestamp),
      sendControl: (text) => channels.send('control', text),
      sendFrameRecord: (record) =>
        channels.send('frames', Buffer.from(record.buffer, record.byteOffset, record.byteLength)),
      async [Symbol.asyncDispose]() {
        end('closed-by-us')
        await connection.close()
      },
    }
    return { answerSdp, peer }
  } catch (error) {
    await connection.close()
    throw error
  }
}

function streamOf(transceiver: RTCRtpTransceiver) {
  const { sender, mid, headerExtensions } = transceiver
  return { ssrc: sender.ssrc, mid: mid ?? null, ids: extensionIds(headerExtensions) }
}
