import {
  MediaStream,
  type RTCPeerConnection,
  type RTCPeerConnectionConfig,
  RTCRtpCodecParameters,
  RTCRtpHeaderExtensionParameters,
  type RTCRtpTransceiver,
} from 'werift'
import { extensionUris } from './headerExtensions.ts'
import type { Negotiated } from './offer.ts'

const MIME_TYPES = { h264: 'video/H264', vp8: 'video/VP8', vp9: 'video/VP9', av1: 'video/AV1' } as const

export function connectionConfig(negotiated: Negotiated): RTCPeerConnectionConfig {
  const mimeTypes: string[] = negotiated.codecs.map(({ codec }) => MIME_TYPES[codec])
  if (negotiated.codecs.some(({ rtxPayloadType }) => rtxPayloadType !== null)) mimeTypes.push('video/rtx')
  if (negotiated.fecPayloadType !== null) mimeTypes.push('video/flexfec-03')
  const { transportWide, absSendTime, playoutDelay, absCaptureTime, mid } = extensionUris
  const extension = (uri: string) => new RTCRtpHeaderExtensionParameters({ uri })
  return {
    codecs: {
      video: mimeTypes.map((mimeType) => new RTCRtpCodecParameters({ mimeType, clockRate: 90_000 })),
      audio: ['audio/opus', 'audio/red'].map(
        (mimeType) => new RTCRtpCodecParameters({ mimeType, clockRate: 48_000, channels: 2 }),
      ),
    },
    headerExtensions: {
      video: [transportWide, absSendTime, playoutDelay, absCaptureTime, mid].map(extension),
      audio: [transportWide, absSendTime, mid].map(extension),
    },
    iceLite: true,
    iceServers: [],
    bundlePolicy: 'max-bundle',
  }
}

/**
 * Video and sound go into streams of their own: in one stream the browser would hold pictures back until the sound's
 * jitter buffer has caught up.
 */
export function addSender(connection: RTCPeerConnection, kind: 'video' | 'audio'): RTCRtpTransceiver {
  return connection.addTransceiver(kind, {
    direction: 'sendonly',
    streams: [new MediaStream({ id: `nearcade-${kind}`, tracks: [] })],
  })
}
