import type { RTCDataChannel, RTCPeerConnection } from 'werift'
import { deferred } from './deferred.ts'
import { handOnAllThatIsReady } from './inboundOrder.ts'
import type { PeerEvents } from './peer.ts'

const LABELS = ['keys', 'motion', 'control', 'frames'] as const
type Label = (typeof LABELS)[number]

/** More than this waiting in a channel means that the path is stuck: newer data would only come later. */
const MAX_BUFFERED_BYTES = { control: 256 * 1024, frames: 8 * 1024 }

export interface Channels {
  /** All four are open. */
  readonly open: Promise<void>
  /** One of the four closed. */
  readonly lost: Promise<void>
  /** False, and nothing sent, while the channel is not open or has too much waiting. */
  send(label: 'control' | 'frames', data: Buffer | string): boolean
}

/** Gathers the channels that the browser opens; others than the four are ignored. */
export function collectChannels(connection: RTCPeerConnection, events: PeerEvents): Channels {
  const channels = new Map<Label, RTCDataChannel>()
  const open = deferred<void>()
  const lost = deferred<void>()

  let mended = false
  connection.onDataChannel.subscribe((channel) => {
    if (!mended && connection.sctpTransport !== undefined) {
      mended = true
      handOnAllThatIsReady(connection.sctpTransport.sctp)
    }
    const label = LABELS.find((known) => known === channel.label)
    if (label === undefined || channels.has(label)) return
    channels.set(label, channel)
    channel.stateChanged.subscribe((state) => {
      if (state === 'closed') lost.resolve()
    })
    channel.onMessage.subscribe((data) => receive(label, data, events))
    if (channels.size === LABELS.length) queueMicrotask(() => open.resolve())
  })

  return {
    open: open.promise,
    lost: lost.promise,
    send(label, data) {
      const channel = channels.get(label)
      if (channel?.readyState !== 'open' || channel.bufferedAmount > MAX_BUFFERED_BYTES[label]) return false
      channel.send(data)
      return true
    },
  }
}

function receive(label: Label, data: string | Buffer, events: PeerEvents): void {
  if (label === 'control') return events.onControl(data.toString())
  if (label === 'frames' || typeof data === 'string') return
  events.onInput(label, data, performance.timeOrigin + performance.now())
}
