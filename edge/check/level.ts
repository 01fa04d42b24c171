/** Below what anybody hears: dither, and a stream that is open and silent. */
const silenceDbfs = -70

/** RMS of interleaved s16le, in dB of full scale; null for silence. */
export function levelOf(pcm: Buffer): number | null {
  const samples = Math.floor(pcm.length / 2)
  let squares = 0
  for (let at = 0; at < samples; at += 1) squares += (pcm.readInt16LE(at * 2) / 32_768) ** 2
  if (squares === 0) return null
  const level = 10 * Math.log10(squares / samples)
  return level < silenceDbfs ? null : Math.round(level * 10) / 10
}
