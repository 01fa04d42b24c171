/**
 * The edge's RTP timestamps are its wall clock at the stream's rate, modulo 2^32, on picture and sound alike: so a browser that knows
 * the edge's clock knows when what it plays was captured.
 * @param nearMs any wall-clock time within half the clock's turn (over 6 hours at 90 kHz) of the answer
 */
export function wallMsOf(rtpTimestamp: number, clockHz: number, nearMs: number): number {
  const turnMs = (2 ** 32 * 1000) / clockHz
  const atMs = (rtpTimestamp * 1000) / clockHz
  return atMs + turnMs * Math.round((nearMs - atMs) / turnMs)
}
