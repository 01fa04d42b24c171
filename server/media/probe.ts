/** What FFmpeg says of a film. */
export interface Probed {
  readonly codec: string
  readonly widthPx: number
  readonly heightPx: number
  /** Null: it does not say. */
  readonly fps: number | null
  readonly seconds: number | null
}

/** Reads what `ffmpeg -i` prints of its input, there being no ffprobe beside ffmpeg-static. Null: there is no film in it. */
export function readProbe(said: string): Probed | null {
  const line = said
    .split('\n')
    .find((one) => /Stream #0:\d+.*: Video: /.test(one) && !one.includes('attached pic'))
  const [, codec, widthPx, heightPx] = /: Video: (\w+).*?, (\d{1,6})x(\d{1,6})/.exec(line ?? '') ?? []
  if (codec === undefined) return null
  const fps = /, ([\d.]+)(k?) fps/.exec(line ?? '')
  const [, hours, minutes, seconds] = /Duration: (\d+):(\d\d):(\d\d(?:\.\d+)?)/.exec(said) ?? []
  return {
    codec,
    widthPx: Number(widthPx),
    heightPx: Number(heightPx),
    fps: fps === null ? null : Number(fps[1]) * (fps[2] === 'k' ? 1000 : 1),
    seconds: hours === undefined ? null : Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds),
  }
}
