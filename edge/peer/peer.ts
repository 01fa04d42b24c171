import type { Strategies } from '../../config/settings/strategies.ts'
import type { UdpPort } from '../ice/udpPort.ts'
import type { VideoCodec } from '../stream/stages.ts'
import type { Estimate, RateBounds } from '../transport/congestion/controller.ts'

/** One encoded frame as it goes to the browser. */
export interface VideoFrameOut {
  readonly codec: VideoCodec
  /** RTP payloads in order; the last one ends the frame. */
  readonly payloads: readonly Buffer[]
  /** 90 kHz. */
  readonly rtpTimestamp: number
  readonly keyframe: boolean
  /** On the edge's wall clock. */
  readonly capturedAtMs: number
  /** The last packet has left. Never called for a frame that was dropped on the way. */
  onSent(sentAtMs: number): void
}

/** What the send side knows of the path. */
export interface PeerNetwork {
  readonly estimate: Estimate
  /** What of the estimate is left for encoded video, after sound, headers, repairs and protection. */
  readonly videoBps: number
  /** How long what waits in the pacer will take: a frame captured now waits that long. */
  readonly queuedMs: number
  /** @param pictureBps what of it the picture takes at most */
  setBounds(bounds: RateBounds, pictureBps: number): void
}

/** How far away a browser is, as this node measures it. */
export interface PeerDistance {
  /** The browser's, or its relay's, as it is seen here. */
  readonly address: string
  /** The least lately. */
  readonly rttMs: number
  /** How many there were on this path. */
  readonly samples: number
}

/**
 * One WebRTC connection to one browser, werift behind it. The browser offers: recvonly video and audio, and the data channels
 * `keys`, `motion`, `control`, `frames` (werift announces channels it creates itself with the wrong type).
 */
export interface Peer extends AsyncDisposable {
  /** What may be sent, best first; each frame names one of them. */
  readonly codecs: readonly VideoCodec[]
  readonly network: PeerNetwork
  /** Null until something was measured. */
  readonly distance: PeerDistance | null
  /** Settles once ICE and DTLS are up and all four channels are open. */
  readonly connected: Promise<void>
  /** Settles when the path is lost for good or closed, with why. */
  readonly closed: Promise<{ reason: 'ice-failed' | 'dtls-closed' | 'closed-by-us' | 'channel-closed' }>
  addRemoteCandidate(candidate: {
    candidate: string
    sdpMid: string | null
    sdpMLineIndex: number | null
  }): Promise<void>
  /**
   * The answer to the offer of an ICE restart (RFC 8445 9): the browser looks for another path, everything above goes on.
   * @throws where the offer has no ICE credentials
   */
  restartIce(offerSdp: string): Promise<string>
  /** Sequence numbers, SSRC, header extensions, pacing, protection and repair are the peer's. */
  sendVideo(frame: VideoFrameOut): void
  sendAudio(payload: Buffer, rtpTimestamp: number): void
  /** How long the browser may hold frames back, from the next one on; 0 to 0 is not at all. */
  setPlayoutDelay(delay: { readonly minMs: number; readonly maxMs: number }): void
  /** Drops silently while the channel is not open or its buffer is over its bound; returns whether it was queued. */
  sendControl(text: string): boolean
  sendFrameRecord(record: Uint8Array): boolean
}

export interface PeerEvents {
  onInput(channel: 'keys' | 'motion', data: Uint8Array, receivedAtMs: number): void
  onControl(text: string): void
  /** PLI or FIR arrived for the video, or queued video had to be dropped: the decoder needs a fresh start. */
  onKeyframeRequest(): void
  /** Something of `network` changed: after each feedback, some 20 times a second. */
  onEstimate?(): void
  /** Connectivity consent state: false while no packet has come from the browser for a few seconds. */
  onAlive?(alive: boolean): void
}

export interface PeerOptions {
  /** Codecs the node can encode, best first; the answer keeps those that the offer has. */
  readonly codecs: readonly VideoCodec[]
  /** Addresses put into the answer as host candidates, besides those of the interfaces and of loopback. */
  readonly advertise: readonly string[]
  /** False leaves the interfaces' own addresses out: the node is reached by `advertise` alone. */
  readonly announceOwn?: boolean
  readonly ipv6?: boolean
  /** The port to use; it stays open. Where not given, one of `udpPorts` is opened for this connection alone. */
  readonly udpPort?: () => Promise<UdpPort>
  readonly udpPorts?: { readonly from: number; readonly to: number }
  /** The default ones where not given. */
  readonly strategies?: Strategies
}
