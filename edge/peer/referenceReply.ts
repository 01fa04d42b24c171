const EXTENDED_REPORT = 207
const DELAY_SINCE = 5

/**
 * A browser that only receives learns the round trip from extended reports (RFC 3611): it sends its time, and gets back when that came.
 * Without it Chromium takes 100 ms for granted, and asks only that often for a packet whose retransmission got lost.
 * This says in the answer that such times are welcome, where the offer says the same (section 5.1).
 */
export function withReferenceTimes(offerSdp: string, answerSdp: string): string {
  if (!/^a=rtcp-xr:.*\brcvr-rtt/m.test(offerSdp)) return answerSdp
  return answerSdp.replace(/^a=rtcp-mux\r?$/gm, (line) => `a=rtcp-xr:rcvr-rtt=all\r\n${line}`)
}

/** Section 4.5, for one receiver. To be sent as soon as its time has come: there is no delay to tell. */
export function referenceReply(
  ownSsrc: number,
  to: { readonly ssrc: number; readonly middle: number },
): Buffer {
  const reply = Buffer.alloc(24)
  reply.writeUInt8(0x80, 0)
  reply.writeUInt8(EXTENDED_REPORT, 1)
  reply.writeUInt16BE(5, 2)
  reply.writeUInt32BE(ownSsrc, 4)
  reply.writeUInt8(DELAY_SINCE, 8)
  reply.writeUInt16BE(3, 10)
  reply.writeUInt32BE(to.ssrc, 12)
  reply.writeUInt32BE(to.middle, 16)
  return reply
}
