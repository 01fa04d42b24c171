import { askForCaptureTimes } from './captureTimes.ts'
import { channelOptions, type ChannelLabel, type FromBrowser } from '../../config/protocol/control.ts'
import type { Signal } from '../../config/protocol/signal.ts'
import { type Decoder, defaultStream } from '../../config/protocol/stream.ts'
import { readDecoders } from './decoders.ts'
import type { InputChannel } from './input/sender.ts'
import { recover } from './recovery.ts'
import { preferredCodecs, withSeparateStreams, withStereo } from './sdp.ts'
import { candidateAddresses, type Ways } from './tried.ts'

export interface PeerEvents {
  onSignal(signal: Signal): void
  /** Whether a signal would arrive now. */
  isSignalling(): boolean
  /** Nothing has come from the node for so long that the socket may be as dead as the path. */
  onQuiet(): void
  /** The relays to use; asked before each offer. */
  iceServers: { forOffer(): Promise<RTCIceServer[]>; readonly known: RTCIceServer[] }
  /** Other ways are not tried, as long as there is a relay. */
  readonly relayOnly: boolean
  /** ICE, DTLS and all four channels are up. */
  onConnected(): void
  /** This attempt is over: never connected, or lost. Called once. */
  onLost(): void
  onTracks(stream: MediaStream): void
  onControl(text: string): void
  onFrameRecord(bytes: Uint8Array): void
}

const watchEveryMs = 100
/** How long a hint that the networks changed makes this peer more suspicious. */
const suspectForMs = 3_000
const nothingHeardMs = 400
const askEveryMs = 400
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
  #watch: ReturnType<typeof setInterval> | undefined
  #heardAtMs = 0
  #receivedBytes = 0
  #askedAtMs = 0
  #suspectedUntilMs = 0
  /** Offers so far; the node's answers name the one they belong to. */
  #round = 0
  #offering = false
  #restart: { offeredAtMs: number; answeredAtMs: number | null; tries: number } | null = null
  #offerSdp = ''
  #decoders: Decoder[] = []
  #turnUrls: string[] = []
  #relays = 0
  #relayOnly = false
  readonly #turnErrors: string[] = []
  #nodeAddresses: string[] = []
  #answered = false

  constructor(id: string, events: PeerEvents) {
    this.id = id
    this.#events = events
    this.pc = new RTCPeerConnection({ bundlePolicy: 'max-bundle', rtcpMuxPolicy: 'require', iceServers: [] })
    const video = this.pc.addTransceiver('video', { direction: 'recvonly' })
    this.pc.addTransceiver('audio', { direction: 'recvonly' })
    preferH264(video)
    askForCaptureTimes(video)
    this.#channels = {
      keys: this.#open('keys'),
      motion: this.#open('motion'),
      control: this.#open('control'),
      frames: this.#open('frames'),
    }
    this.pc.ontrack = (event) => this.#onTrack(event)
    this.pc.onicecandidate = (event) => this.#onCandidate(event.candidate)
    this.pc.onicecandidateerror = ({ url, errorCode, errorText }) =>
      this.#turnErrors.push(`${url.replace(/\?.*/, '')} ${errorCode} ${errorText}`.trim())
    this.pc.onconnectionstatechange = () => this.#onState()
    void this.#firstOffer()
  }

  /** What this attempt found out so far. */
  get ways(): Ways {
    return {
      answered: this.#answered,
      nodeAddresses: this.#nodeAddresses,
      turnUrls: this.#turnUrls,
      relays: this.#relays,
      turnErrors: this.#turnErrors,
    }
  }

  /** The browser's networks may have changed: look at the path more closely for a while. */
  suspect(): void {
    this.#suspectedUntilMs = performance.now() + suspectForMs
  }

  get connected(): boolean {
    return this.#connected && !this.#over
  }

  accept(signal: Signal): void {
    if (this.#over || signal.peerId !== this.id) return
    if (signal.kind === 'answer') {
      // The answer to an offer that a newer one has replaced would mix the credentials of two rounds.
      if (
        (signal.round ?? 0) === this.#round &&
        this.pc.signalingState === 'have-local-offer' &&
        !this.#offering
      )
        void this.#takeAnswer(signal.sdp)
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
    clearInterval(this.#watch)
    this.pc.close()
  }

  async #firstOffer(): Promise<void> {
    const codecs = RTCRtpReceiver.getCapabilities('video')?.codecs ?? []
    const asked = readDecoders(codecs, defaultStream, navigator.mediaCapabilities)
    this.#useRelays(await this.#events.iceServers.forOffer(), this.#events.relayOnly)
    this.#decoders = await asked
    await this.#offer()
  }

  async #offer(): Promise<void> {
    if (this.#over) return
    this.#offering = true
    try {
      const offer = await this.pc.createOffer()
      const sdp = withStereo(offer.sdp ?? '')
      await this.pc.setLocalDescription({ type: 'offer', sdp })
      this.#offerSdp = sdp
      this.#sendOffer()
    } catch {
      this.#lose()
    } finally {
      this.#offering = false
    }
  }

  #sendOffer(): void {
    if (this.#over) return
    const round = this.#round === 0 ? {} : { round: this.#round }
    const decoders = this.#decoders
    this.#events.onSignal({ kind: 'offer', peerId: this.id, sdp: this.#offerSdp, decoders, ...round })
  }

  #useRelays(servers: RTCIceServer[], relayOnly: boolean): void {
    if (this.#over) return
    const configure = (change: RTCConfiguration): void =>
      this.pc.setConfiguration({ ...this.pc.getConfiguration(), ...change })
    try {
      configure({ iceServers: servers })
    } catch {
      // A relay whose address this browser does not understand must not cost it the direct path.
    }
    this.#turnUrls = (this.pc.getConfiguration().iceServers ?? []).flatMap(({ urls }) => urls)
    this.#relayOnly = relayOnly && this.#turnUrls.length > 0
    configure({ iceTransportPolicy: this.#relayOnly ? 'relay' : 'all' })
  }

  async #takeAnswer(answerSdp: string): Promise<void> {
    this.#answered = true
    this.#nodeAddresses = candidateAddresses(answerSdp)
    try {
      await this.pc.setRemoteDescription({ type: 'answer', sdp: withSeparateStreams(answerSdp) })
      if (this.#restart !== null) this.#restart.answeredAtMs = performance.now()
    } catch {
      this.#lose()
    }
  }

  #hear(): void {
    this.#heardAtMs = performance.now()
    this.#restart = null
  }

  /** Notices a path that fell silent long before ICE does, and looks for another one. */
  #look(): void {
    const nowMs = performance.now()
    const step = recover({
      nowMs,
      heardAtMs: this.#heardAtMs,
      suspected: nowMs < this.#suspectedUntilMs,
      signalling: this.#events.isSignalling(),
      restart: this.#restart,
    })
    if (step === 'nothing' && nowMs - this.#heardAtMs < nothingHeardMs) return
    void this.#countBytes()
    if (step === 'ask') return this.#ask(nowMs)
    this.#events.onQuiet()
    if (this.#offering) return
    if (step === 'offer') this.#restartIce(nowMs)
    if (step === 'repeat') {
      if (this.#restart !== null) this.#restart.offeredAtMs = nowMs
      this.#sendOffer()
    }
    if (step === 'give-up') this.#lose()
  }

  /** When the picture stands still and the sound is silent, the node has little to say by itself. */
  #ask(nowMs: number): void {
    if (nowMs - this.#askedAtMs < askEveryMs) return
    this.#askedAtMs = nowMs
    const question: FromBrowser = { kind: 'clock', t0Ms: nowMs }
    this.sendControl(JSON.stringify(question))
  }

  /** Pictures and sound come past the page; only the browser's counters tell of them. */
  async #countBytes(): Promise<void> {
    const report = await this.pc.getStats()
    report.forEach((entry: { type: string; bytesReceived?: number }) => {
      if (entry.type !== 'transport' || entry.bytesReceived === undefined) return
      if (entry.bytesReceived > this.#receivedBytes && this.#receivedBytes > 0) this.#hear()
      this.#receivedBytes = entry.bytesReceived
    })
  }

  #restartIce(nowMs: number): void {
    const { iceServers } = this.#events
    // The router may be out of reach: what is known must do.
    void iceServers.forOffer()
    this.#useRelays(iceServers.known, false)
    const tries = this.#restart === null ? 0 : this.#restart.tries + 1
    this.#restart = { offeredAtMs: nowMs, answeredAtMs: null, tries }
    this.#round += 1
    this.pc.restartIce()
    void this.#offer()
  }

  #open(label: ChannelLabel): RTCDataChannel {
    const channel = this.pc.createDataChannel(label, channelOptions[label])
    channel.binaryType = 'arraybuffer'
    channel.onopen = () => this.#onChannelOpen()
    channel.onclose = () => this.#lose()
    channel.onmessage = (event: MessageEvent<unknown>) => {
      this.#hear()
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
    // No relay answers: there is nothing to wait for, and the next attempt tries every way.
    if (candidate === null && this.#relayOnly && this.#relays === 0) return this.#lose()
    if (candidate === null || candidate.candidate === '' || this.#over) return
    const { sdpMid, sdpMLineIndex } = candidate
    if (candidate.type === 'relay') this.#relays += 1
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
    this.#hear()
    this.#watch = setInterval(() => this.#look(), watchEveryMs)
    this.#events.onConnected()
  }

  #onState(): void {
    const state = this.pc.connectionState
    // A path that failed can be found again; a handshake that failed, or a first path, cannot.
    if (state === 'closed' || (state === 'failed' && (!this.#connected || this.#dtlsFailed()))) this.#lose()
    if (state === 'disconnected') this.suspect()
  }

  #dtlsFailed(): boolean {
    return this.pc.getReceivers().some(({ transport }) => transport?.state === 'failed')
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
