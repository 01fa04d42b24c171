import {
  GenericNack,
  PictureLossIndication,
  type RtcpPacket,
  RtcpPayloadSpecificFeedback,
  RtcpRrPacket,
  RtcpTransportLayerFeedback,
  TransportWideCC,
} from 'werift'

/** What the browser says of what it receives. */
export interface RtcpEvents {
  /** PLI (RFC 4585) or FIR (RFC 5104). */
  onKeyframeRequest(): void
  onNack(ssrc: number, lost: readonly number[]): void
  onTransportFeedback(feedback: TransportWideCC): void
  /** It receives the stream of this SSRC. */
  onReceived(ssrc: number): void
}

export function dispatchRtcp(packet: RtcpPacket, events: RtcpEvents): void {
  if (packet instanceof RtcpRrPacket) {
    for (const { ssrc } of packet.reports) events.onReceived(ssrc)
  } else if (packet instanceof RtcpPayloadSpecificFeedback) {
    // werift does not export its class for full intra requests.
    if (packet.feedback instanceof PictureLossIndication || 'fir' in packet.feedback)
      events.onKeyframeRequest()
  } else if (packet instanceof RtcpTransportLayerFeedback) {
    const { feedback } = packet
    if (feedback instanceof GenericNack) events.onNack(feedback.mediaSourceSsrc, feedback.lost)
    else if (feedback instanceof TransportWideCC) events.onTransportFeedback(feedback)
  }
}
