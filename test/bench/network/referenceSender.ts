import { type LabEvent, applyEvent, firstState } from '../../../edge/titles/latency-lab/state.ts'
import { createScreen } from '../../../edge/titles/latency-lab/screen.ts'
import { createCanvasPainter } from './canvasPainter.ts'

/**
 * Runs inside a page of a second browser: libwebrtc as the sender of Latency Lab's picture. Drawn with each of the browser's own display
 * frames, presses included, captured at 60 frames a second, sent as H.264. `motion` and `maintain-framerate`: for games, as
 * the browser's own services ask for them; the rest is libwebrtc's choice.
 */
export interface SenderOptions {
  readonly widthPx: number
  readonly heightPx: number
  readonly fps: number
  readonly maxBitrateBps: number
}

declare global {
  interface Window {
    /** Answers a player's offer with all candidates in the answer. */
    send(offerSdp: string, options: SenderOptions): Promise<string>
    /** Answers a later offer of the same player. */
    answer(offerSdp: string): Promise<string>
  }
}

function openScreen({ widthPx, heightPx, fps }: SenderOptions): {
  stream: MediaStream
  take(event: LabEvent): void
} {
  const canvas = document.body.appendChild(document.createElement('canvas'))
  canvas.width = widthPx
  canvas.height = heightPx
  const drawing = canvas.getContext('2d', { alpha: false })
  if (drawing === null) throw new Error('no canvas')
  const screen = createScreen(createCanvasPainter(drawing), widthPx)
  // A still canvas gives no frames, and libwebrtc drops the first ones while it knows no rate.
  let state = firstState(true)
  let dirty = false
  let inputs = 0
  let lastMs = Number.NEGATIVE_INFINITY
  screen.drawAll(state)
  const onFrame = (nowMs: number): void => {
    requestAnimationFrame(onFrame)
    if (nowMs - lastMs < 900 / fps || !(state.code.animating || dirty)) return
    lastMs = nowMs
    dirty = false
    state = { ...state, code: { ...state.code, counter: state.code.counter + 1 } }
    screen.draw(state)
  }
  requestAnimationFrame(onFrame)
  return {
    stream: canvas.captureStream(fps),
    take(event) {
      state = applyEvent(state, event, ++inputs)
      dirty = true
    },
  }
}

/** Answers the offer that is set, with all candidates of this round in the answer. */
async function completeAnswer(pc: RTCPeerConnection): Promise<string> {
  const gathered = new Promise<void>((resolve) => {
    pc.onicecandidate = ({ candidate }) => {
      if (candidate === null) resolve()
    }
  })
  await pc.setLocalDescription(await pc.createAnswer())
  await gathered
  return pc.localDescription?.sdp ?? ''
}

window.send = async (offerSdp, options) => {
  const { stream, take } = openScreen(options)
  const pc = new RTCPeerConnection({ bundlePolicy: 'max-bundle' })
  window.linkedPeers = [pc]
  pc.ondatachannel = ({ channel }) => {
    channel.onmessage = (event: MessageEvent<unknown>) => {
      if (typeof event.data === 'string') take(JSON.parse(event.data) as LabEvent)
    }
  }
  await pc.setRemoteDescription({ type: 'offer', sdp: offerSdp })
  const [track] = stream.getVideoTracks()
  const [transceiver] = pc.getTransceivers()
  if (track === undefined || transceiver === undefined) throw new Error('nothing to send')
  track.contentHint = 'motion'
  transceiver.direction = 'sendonly'
  await transceiver.sender.replaceTrack(track)
  const answer = await completeAnswer(pc)
  const { sender } = transceiver
  const parameters = sender.getParameters()
  const { maxBitrateBps: maxBitrate, fps: maxFramerate } = options
  parameters.encodings = parameters.encodings.map((encoding) => ({ ...encoding, maxBitrate, maxFramerate }))
  await sender.setParameters({ ...parameters, degradationPreference: 'maintain-framerate' })
  window.answer = async (sdp) => {
    await pc.setRemoteDescription({ type: 'offer', sdp })
    return completeAnswer(pc)
  }
  return answer
}
