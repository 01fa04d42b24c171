import { randomUUID } from 'node:crypto'
import { RTCPeerConnection, RTCRtpCodecParameters, type RTCDataChannel } from 'werift'
import { channelOptions, type FromBrowser, type ToBrowser } from '../../../config/protocol/control.ts'
import { decodeFrameRecord, type FrameRecord } from '../../../config/protocol/frameRecord.ts'
import { encodeInput, type Input } from '../../../config/protocol/input.ts'
import type { Signal } from '../../../config/protocol/signal.ts'

/** Once-a-page ids and the rest of what a browser does, with werift in its place. */
export interface FakeBrowser {
  readonly peerId: string
  readonly offer: Extract<Signal, { kind: 'offer' }>
  /** Settles when all channels are open. */
  readonly connected: Promise<void>
  answer(sdp: string): Promise<void>
  readonly records: readonly FrameRecord[]
  readonly packets: { video: number; audio: number }
  readonly heard: readonly ToBrowser[]
  /** The next frame record, from now on. */
  nextFrame(): Promise<FrameRecord>
  hear<K extends ToBrowser['kind']>(kind: K): Promise<Extract<ToBrowser, { kind: K }>>
  control(message: FromBrowser | string): void
  input(input: DistributiveOmit<Input, 'id' | 'clientAtMs'>): number
  raw(channel: 'keys' | 'motion', bytes: Uint8Array): void
  close(): Promise<void>
}
type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never

const reliable = new Set<Input['type']>(['key', 'button', 'wheel', 'text', 'touch'])

export async function openFakeBrowser(codec: 'h264' | 'vp8' = 'h264'): Promise<FakeBrowser> {
  const connection = new RTCPeerConnection({
    iceServers: [],
    // As browsers do. With a transport a section werift forgets the sockets of those that bundling drops.
    bundlePolicy: 'max-bundle',
    iceUseIpv6: false,
    codecs: {
      video: [
        codec === 'h264'
          ? new RTCRtpCodecParameters({
              mimeType: 'video/H264',
              clockRate: 90_000,
              parameters: 'profile-level-id=42e01f;packetization-mode=1;level-asymmetry-allowed=1',
            })
          : new RTCRtpCodecParameters({ mimeType: 'video/VP8', clockRate: 90_000 }),
      ],
      audio: [new RTCRtpCodecParameters({ mimeType: 'audio/opus', clockRate: 48_000, channels: 2 })],
    },
  })
  const packets = { video: 0, audio: 0 }
  for (const kind of ['video', 'audio'] as const) {
    const transceiver = connection.addTransceiver(kind, { direction: 'recvonly' })
    transceiver.onTrack.subscribe((track) => {
      track.onReceiveRtp.subscribe(() => {
        packets[kind] += 1
      })
    })
  }
  const channels = Object.fromEntries(
    Object.entries(channelOptions).map(([label, options]) => [
      label,
      connection.createDataChannel(label, { ...options }),
    ]),
  ) as Record<keyof typeof channelOptions, RTCDataChannel>

  const records: FrameRecord[] = []
  const heard: ToBrowser[] = []
  const onFrame = new Set<(record: FrameRecord) => void>()
  const onHeard = new Set<() => void>()
  channels.frames.onMessage.subscribe((data) => {
    const record = typeof data === 'string' ? null : decodeFrameRecord(data)
    if (record === null) return
    records.push(record)
    for (const listener of [...onFrame]) listener(record)
  })
  channels.control.onMessage.subscribe((data) => {
    heard.push(JSON.parse(String(data)) as ToBrowser)
    for (const listener of [...onHeard]) listener()
  })
  const connected = Promise.all(
    Object.values(channels).map(
      (channel) =>
        new Promise<void>((resolve) => {
          channel.stateChanged.subscribe((state) => {
            if (state === 'open') resolve()
          })
        }),
    ),
  ).then(() => {})

  await connection.setLocalDescription(await connection.createOffer())
  const peerId = randomUUID()
  let nextId = 1
  return {
    peerId,
    offer: { kind: 'offer', peerId, sdp: connection.localDescription?.sdp ?? '' },
    connected,
    answer: (sdp) => connection.setRemoteDescription({ type: 'answer', sdp }),
    records,
    packets,
    heard,
    nextFrame: () =>
      new Promise((resolve) => {
        const listener = (record: FrameRecord): void => {
          onFrame.delete(listener)
          resolve(record)
        }
        onFrame.add(listener)
      }),
    hear: (kind) =>
      new Promise((resolve) => {
        const look = (): void => {
          const message = heard.find(
            (one): one is Extract<ToBrowser, { kind: typeof kind }> => one.kind === kind,
          )
          if (message === undefined) return
          onHeard.delete(look)
          resolve(message)
        }
        onHeard.add(look)
        look()
      }),
    control: (message) =>
      channels.control.send(typeof message === 'string' ? message : JSON.stringify(message)),
    input(input) {
      const id = nextId++
      const message = { ...input, id, clientAtMs: performance.now() } as Input
      channels[reliable.has(input.type) ? 'keys' : 'motion'].send(Buffer.from(encodeInput(message)))
      return id
    },
    raw: (channel, bytes) => channels[channel].send(Buffer.from(bytes)),
    close: () => connection.close(),
  }
}
