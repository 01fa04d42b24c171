/** The edge's wall clock, in ms with fractions: what every time in a frame record is measured on. */
export function wallClockMs(): number {
  return performance.timeOrigin + performance.now()
}

/** RTP's 32-bit clock at a wall-clock time: equal times give equal stamps on every stream of one rate. */
export function rtpTimestamp(wallMs: number, clockHz: number): number {
  return Math.round((wallMs * clockHz) / 1000) % 2 ** 32
}
