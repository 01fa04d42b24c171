import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Browser, Page } from 'playwright-core'
import type { VideoCodec } from '../../../edge/stream/stages.ts'

/** A bare page that offers what the player offers, and keeps what it receives. */
const html = `<!doctype html><meta charset="utf-8"><video id="stage" autoplay muted playsinline></video><script>
const received = { frames: 0, records: 0, controls: [], states: [] }
async function offer(wanted) {
  const connection = new RTCPeerConnection()
  window.connection = connection
  connection.addTransceiver('audio', { direction: 'recvonly' })
  const video = connection.addTransceiver('video', { direction: 'recvonly' })
  const codecs = RTCRtpReceiver.getCapabilities('video').codecs
  video.setCodecPreferences(codecs.filter(({ mimeType }) => [...wanted, 'rtx', 'flexfec-03'].includes(mimeType.toLowerCase().slice(6))))
  video.setHeaderExtensionsToNegotiate(video.getHeaderExtensionsToNegotiate().map((extension) =>
    extension.uri.endsWith('/abs-capture-time') ? { ...extension, direction: 'recvonly' } : extension))
  const channels = {
    keys: connection.createDataChannel('keys'),
    motion: connection.createDataChannel('motion', { ordered: false, maxRetransmits: 0 }),
    control: connection.createDataChannel('control'),
    frames: connection.createDataChannel('frames', { ordered: false, maxRetransmits: 0 }),
  }
  window.channels = channels
  channels.frames.onmessage = () => received.records++
  channels.control.onmessage = ({ data }) => received.controls.push(data)
  connection.onconnectionstatechange = () => received.states.push(connection.connectionState)
  connection.ontrack = ({ track, receiver, streams }) => {
    receiver.jitterBufferTarget = 0
    if (track.kind === 'video') stage.srcObject = streams[0]
  }
  const count = () => { received.frames++; stage.requestVideoFrameCallback(count) }
  stage.requestVideoFrameCallback(count)
  await connection.setLocalDescription()
  return connection.localDescription.sdp
}
/** From the capture that the last packet names (abs-capture-time, ms since 1900) to its arrival. */
function captureLagMs() {
  const receiver = connection.getReceivers().find(({ track }) => track.kind === 'video')
  const [source] = receiver.getSynchronizationSources()
  return source?.captureTimestamp === undefined ? null : source.timestamp - (source.captureTimestamp - 2208988800000)
}
function colourAt(x, y) {
  const canvas = new OffscreenCanvas(stage.videoWidth, stage.videoHeight)
  const context = canvas.getContext('2d')
  context.drawImage(stage, 0, 0)
  return [...context.getImageData(x, y, 1, 1).data.slice(0, 3)]
}
async function codecInUse() {
  const entries = [...(await connection.getStats()).values()]
  const video = entries.find(({ type, kind }) => type === 'inbound-rtp' && kind === 'video')
  return entries.find(({ id }) => id === video?.codecId)?.mimeType.toLowerCase().slice(6) ?? null
}
</script>`

export interface ReceiverPage extends AsyncDisposable {
  readonly page: Page
  /** Offers these codecs, with retransmissions. */
  offer(...codecs: VideoCodec[]): Promise<string>
  /** What the video is received in, by the browser's own statistics. */
  codecInUse(): Promise<string | null>
  answer(sdp: string): Promise<void>
  /** Settles once the expression is true in the page. */
  until(expression: string): Promise<void>
  evaluate<T>(expression: string): Promise<T>
}

export async function openReceiver(browser: Pick<Browser, 'newPage'>): Promise<ReceiverPage> {
  const server: Server = createServer((_, response) =>
    response.setHeader('content-type', 'text/html').end(html),
  )
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const page = await browser.newPage()
  await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
  return {
    page,
    offer: (...codecs) => page.evaluate<string>(`offer(${JSON.stringify(codecs)})`),
    codecInUse: () => page.evaluate<string | null>('codecInUse()'),
    answer: (sdp) =>
      page.evaluate(`connection.setRemoteDescription({ type: 'answer', sdp: ${JSON.stringify(sdp)} })`),
    until: async (expression) =>
      void (await page.waitForFunction(expression, undefined, { timeout: 15_000 })),
    evaluate: (expression) => page.evaluate(expression),
    async [Symbol.asyncDispose]() {
      await page.close()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
