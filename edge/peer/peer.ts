import type { VideoCodec } from '../stream/stages.ts'

/**
 * One WebRTC connection to one browser, werift behind it. The browser offers: recvonly video and audio, and the data channels
 * `keys`, `motion`, `control`, `frames` (werift announces channels it creates itself with the wrong type).
 */
export interface Peer extends AsyncDisposable {
  readonly codec: VideoCodec
  /** Settles once ICE and DTLS are up and all four channels are open. */
  readonly connected: Promise<void>
  /** Settles when the path is lost for good or closed, with why. */
  readonly closed: Promise<{ reason: 'ice-failed' | 'dtls-closed' | 'closed-by-us' | 'channel-closed' }>
  addRemoteCandidate(candidate: {
    candidate: string
    sdpMid: string | null
    sdpMLineIndex: number | null
  }): Promise<void>
  /** Writes one RTP packet: payload with marker/timestamp; sequence numbers, SSRC and header extensions are the peer's. Returns bytes on the wire. */
  sendVideo(payload: Buffer, rtpTimestamp: number, marker: boolean): void
  sendAudio(payload: Buffer, rtpTimestamp: number): void
  /** Drops silently while the channel is not open or its buffer is over its bound; returns whether it was queued. */
  sendControl(text: string): boolean
  sendFrameRecord(record: Uint8Array): boolean
}

export interface PeerEvents {
  onInput(channel: 'keys' | 'motion', data: Uint8Array, receivedAtMs: number): void
  onControl(text: string): void
  /** PLI or FIR arrived for the video. */
  onKeyframeRequest(): void
  /** Connectivity consent state: false while no packet has come from the browser for a few seconds. */
  onAlive?(alive: boolean): void
}

export interface PeerOptions {
  /** Codecs the node can encode, best first; the answer picks the first that the offer has. */
  readonly codecs: readonly VideoCodec[]
  /** Addresses put into the answer as host candidates beside the interfaces' own (e.g. 127.0.0.1). */
  readonly advertise: readonly string[]
  readonly udpPorts?: { readonly from: number; readonly to: number }
}
