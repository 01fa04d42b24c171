import { evdevByCode } from '../../../config/protocol/keyCodes.ts'

/** Runs inside a page of the player's browser: what is needed to watch libwebrtc's stream and to press keys at it. */
declare global {
  interface Window {
    offer(iceServers: readonly RTCIceServer[]): Promise<string>
    accept(answerSdp: string): Promise<void>
    /** Hands an offer to the sender and its answer back. */
    signal(offerSdp: string): Promise<string>
  }
}

const pc = new RTCPeerConnection({ bundlePolicy: 'max-bundle', rtcpMuxPolicy: 'require', iceServers: [] })
const keys = pc.createDataChannel('keys')
const transceiver = pc.addTransceiver('video', { direction: 'recvonly' })

pc.ontrack = ({ track, receiver }) => {
  Object.assign(receiver, { jitterBufferTarget: 0, playoutDelayHint: 0 })
  const video = document.createElement('video')
  video.dataset['role'] = 'stage'
  video.muted = true
  video.style.cssText = 'position:fixed;inset:0;width:100%;height:100%'
  video.srcObject = new MediaStream([track])
  document.body.append(video)
  void video.play()
}

for (const type of ['keydown', 'keyup'] as const)
  window.addEventListener(type, (event) => {
    const evdev = evdevByCode[event.code]
    if (event.repeat || evdev === undefined || keys.readyState !== 'open') return
    keys.send(JSON.stringify({ kind: 'key', evdev, down: type === 'keydown' }))
  })

async function makeOffer(): Promise<string> {
  await pc.setLocalDescription(await pc.createOffer())
  // What libwebrtc reads of its receiver: not to begin at its usual 300 kbit/s, from which it takes its time.
  return (pc.localDescription?.sdp ?? '')
    .replace(/^a=candidate:.*\r?\n/gm, '')
    .replace(/^(a=fmtp:\d+ .*packetization-mode=1.*?)(\r?)$/gm, `$1;x-google-start-bitrate=4000$2`)
}

window.offer = (iceServers) => {
  pc.setConfiguration({ bundlePolicy: 'max-bundle', rtcpMuxPolicy: 'require', iceServers: [...iceServers] })
  const all = RTCRtpReceiver.getCapabilities('video')?.codecs ?? []
  const h264 = all.filter(
    ({ mimeType, sdpFmtpLine = '' }) =>
      /rtx/i.test(mimeType) || (/h264/i.test(mimeType) && sdpFmtpLine.includes('packetization-mode=1')),
  )
  transceiver.setCodecPreferences(h264)
  return makeOffer()
}
window.accept = async (sdp) => {
  await pc.setRemoteDescription({ type: 'answer', sdp })
  if (keys.readyState !== 'open') await new Promise((resolve) => (keys.onopen = resolve))
}

/** As applications do that use libwebrtc: a new way is looked for when the browser says that this one is gone. */
pc.oniceconnectionstatechange = async () => {
  if (pc.iceConnectionState !== 'disconnected' && pc.iceConnectionState !== 'failed') return
  pc.restartIce()
  await pc.setRemoteDescription({ type: 'answer', sdp: await window.signal(await makeOffer()) })
}
