import { channelOptions, type ChannelLabel } from '../../config/protocol/control.ts'
import type { Signal } from '../../config/protocol/signal.ts'
import type { InputChannel } from './input/sender.ts'
import { preferredCodecs, withSeparateStreams, withStereo } from './sdp.ts'

export interface PeerEvents {
  onSignal(signal: Signal): void
  /** ICE, DTLS and all four channels are up. */
  onConnected(): void
  /** This attempt is over: never connected, or lost. Called once. */
  onLost(): void
  onTracks(stream: MediaStream): void
  onControl(text: string): void
  onFrameRecord(bytes: Uint8Array): void
}

/** ICE says `disconnected` about 3 s after the last packet and may recover; longer than this it has not. */
const recoverWithinMs = 2_000
/** Motion that would wait behind other motion is dropped: the next message carries the full state. */
const maxMotionBacklogBytes = 4_096

/** One attempt at one WebRTC connection to the node; a new attempt is a new object. Never throws after construction. */
export class PlayerPeer {
  readonly id: string
  readonly pc: RTCPeerConnection
  readonly #events: PeerEvents
  readonly #channels: Record<ChannelLabel, RTCDataChannel>
  readonly #stream = new MediaStream()
  #over = false
  #connected = false
  #loseTimer: ReturnType<typeof setTimeout> | undefined

  constructor(id: string, events: PeerEvents) {
    this.id = id
    this.#events = events
    this.pc = new RTCPeerConnection({ bundlePolicy: 'max-bundle', rtcpMuxPolicy: 'require', iceServers: [] })
    const video = this.pc.addTransceiver('video', { direction: 'recvonly' })
    this.pc.addTransceiver('audio', { direction: 'recvonly' })
    preferH264(video)
    this.#channels = {
      keys: this.#open('keys'),
      motion: this.#open('motion'),
      control: this.#open('control'),
      frames: this.#open('frames'),
    }
    this.pc.ontrack = (event) => this.#onTrack(event)
    this.pc.onicecandidate = (event) => this.#onCandidate(event.candidate)
    this.pc.onconnectionstatechange = () => this.#onState()
    void this.#offer()
  }

  get connected(): boolean {
    return this.#connected && !this.#over
  }

  accept(signal: Signal): void {
    if (this.#over || signal.peerId !== this.id) return
    if (signal.kind === 'answer') {
      const sdp = withSeparateStreams(signal.sdp)
      this.pc.setRemoteDescription({ type: 'answer', sdp }).catch(() => this.#lose())
    } else if (signal.kind === 'candidate') {
      const { candidate, sdpMid, sdpMLineIndex } = signal
      // A candidate that this browser cannot use is not the end: others may do.
      this.pc.addIceCandidate({ candidate, sdpMid, sdpMLineIndex }).catch(() => undefined)
    } else if (signal.kind === 'rejected') this.#lose()
  }

  /** Synchronous, so that a key leaves in the handler that saw it. */
  sendInput(label: InputChannel, bytes: Uint8Array<ArrayBuffer>): boolean {
    const channel = this.#channels[label]
    if (channel.readyState !== 'open') return false
    if (label === 'motion' && channel.bufferedAmount > maxMotionBacklogBytes) return false
    channel.send(bytes)
    return true
  }

  sendControl(text: string): boolean {
    if (this.#channels.control.readyState !== 'open') return false
    this.#channels.control.send(text)
    return true
  }

  /** Asks for no or for an adaptive jitter buffer (null); browsers without the knob keep their own. */
  setJitterTarget(targetMs: number | null): void {
    for (const receiver of this.pc.getReceivers()) {
      const knobs = receiver as RTCRtpReceiver & {
        jitterBufferTarget?: number | null
        playoutDelayHint?: number | null
      }
      if ('jitterBufferTarget' in knobs) knobs.jitterBufferTarget = targetMs
      if ('playoutDelayHint' in knobs) knobs.playoutDelayHint = targetMs === null ? null : targetMs / 1000
    }
  }

  close(): void {
    this.#over = true
    clearTimeout(this.#loseTimer)
    this.pc.close()
  }

  async #offer(): Promise<void> {
    try {
      const offer = await this.pc.createOffer()
      const sdp = withStereo(offer.sdp ?? '')
      await this.pc.setLocalDescription({ type: 'offer', sdp })
      if (!this.#over) this.#events.onSignal({ kind: 'offer', peerId: this.id, sdp })
    } catch {
      this.#lose()
    }
  }

  #open(label: ChannelLabel): RTCDataChannel {
    const channel = this.pc.createDataChannel(label, channelOptions[label])
    channel.binaryType = 'arraybuffer'
    channel.onopen = () => this.#onChannelOpen()
    channel.onclose = () => this.#lose()
    channel.onmessage = (event: MessageEvent<unknown>) => {
      if (label === 'control' && typeof event.data === 'string') this.#events.onControl(event.data)
      if (label === 'frames' && event.data instanceof ArrayBuffer)
        this.#events.onFrameRecord(new Uint8Array(event.data))
    }
    return channel
  }

  #onTrack(event: RTCTrackEvent): void {
    this.#stream.addTrack(event.track)
    this.setJitterTarget(0)
    this.#events.onTracks(this.#stream)
  }

  #onCandidate(candidate: RTCIceCandidate | null): void {
    if (candidate === null || candidate.candidate === '' || this.#over) return
    const { sdpMid, sdpMLineIndex } = candidate
    this.#events.onSignal({
      kind: 'candidate',
      peerId: this.id,
      candidate: candidate.candidate,
      sdpMid,
      sdpMLineIndex,
    })
  }

  #onChannelOpen(): void {
    const open = Object.values(this.#channels).every((channel) => channel.readyState === 'open')
    if (!open || this.#connected || this.#over) return
    this.#connected = true
    this.#events.onConnected()
  }

  #onState(): void {
    clearTimeout(this.#loseTimer)
    if (this.pc.connectionState === 'failed' || this.pc.connectionState === 'closed') this.#lose()
    if (this.pc.connectionState === 'disconnected')
      this.#loseTimer = setTimeout(() => this.#lose(), recoverWithinMs)
  }

  #lose(): void {
    if (this.#over) return
    this.close()
    this.#events.onLost()
  }
}

function preferH264(video: RTCRtpTransceiver): void {
  const all = RTCRtpReceiver.getCapabilities('video')?.codecs ?? []
  const codecs = preferredCodecs(all)
  if (codecs.length > 0 && typeof video.setCodecPreferences === 'function') video.setCodecPreferences(codecs)
}
