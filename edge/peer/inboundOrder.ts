import type { RTCPeerConnection } from 'werift'

type Sctp = NonNullable<RTCPeerConnection['sctpTransport']>['sctp']

interface InboundStream {
  /** Takes out what can be handed on: in werift 0.24.4 not all of it. */
  popMessages(): Iterable<readonly [streamId: number, protocol: number, data: Buffer]>
}

/** Private to werift, and the only place where its streams can be reached. */
interface SctpInside {
  getInboundStream(streamId: number): InboundStream
}

/**
 * Of several ordered messages that a late packet makes ready, werift hands on the first and keeps the rest unless their TSNs follow
 * each other without a gap, which they do not where another stream sent in between. What it keeps is late from then on, and lost with the
 * next FORWARD TSN (RFC 3758), which clears all chunks up to its number: the stream then waits for ever. So it is asked until nothing is left.
 */
export function handOnAllThatIsReady(sctp: Sctp): void {
  const inside = sctp as unknown as SctpInside
  const streamOf = inside.getInboundStream.bind(sctp)
  const mended = new WeakSet<InboundStream>()
  inside.getInboundStream = (streamId) => {
    const stream = streamOf(streamId)
    if (mended.has(stream)) return stream
    mended.add(stream)
    const popSome = stream.popMessages.bind(stream)
    stream.popMessages = function* () {
      for (let more = true; more; ) {
        more = false
        for (const message of popSome()) {
          more = true
          yield message
        }
      }
    }
    return stream
  }
}
