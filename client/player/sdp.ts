/**
 * Small corrections of session descriptions (RFC 8866, RFC 8829), on whole lines.
 * The offer asks for stereo: without `stereo=1` in the receiver's own format Chromium mixes Opus down (RFC 7587, section 6.1).
 */
export function withStereo(offer: string): string {
  const opus = /^a=rtpmap:(\d+) opus\/48000\/2\r?$/m.exec(offer)?.[1]
  if (opus === undefined) return offer
  return offer.replace(new RegExp(`^(a=fmtp:${opus} )(.*?)(\\r?)$`, 'm'), (line, start, parameters, end) =>
    String(parameters).includes('stereo=1')
      ? String(line)
      : `${start}${parameters};stereo=1;sprop-stereo=1${end}`,
  )
}

/**
 * Tracks that share a media stream are lip-synced: the browser holds back the picture until the sound has caught up, which costs
 * tens of ms. Games want each as soon as it is there, so each track gets a stream of its own.
 */
export function withSeparateStreams(answer: string): string {
  const sections = answer.split(/^(?=m=)/m)
  return sections
    .map((section, index) =>
      section
        .replace(
          /^a=msid:\S+( .*)?(\r?)$/gm,
          (_line, track: string | undefined, end: string) => `a=msid:stage-${index}${track ?? ''}${end}`,
        )
        .replace(/^(a=ssrc:\d+ msid:)\S+/gm, `$1stage-${index}`)
        .replace(/^(a=ssrc:\d+ mslabel:)\S+/gm, `$1stage-${index}`),
    )
    .join('')
}

export interface CodecLike {
  readonly mimeType: string
  readonly sdpFmtpLine?: string | undefined
}

/** H.264 in packetization mode 1 first, then VP8; with retransmission, without what the node cannot send. */
export function preferredCodecs<T extends CodecLike>(codecs: readonly T[]): T[] {
  const rank = (codec: T): number => {
    const type = codec.mimeType.toLowerCase()
    if (type === 'video/h264') return /packetization-mode=1/.test(codec.sdpFmtpLine ?? '') ? 0 : 9
    if (type === 'video/vp8') return 1
    if (type === 'video/rtx') return 2
    return 9
  }
  return codecs.filter((codec) => rank(codec) < 9).toSorted((a, b) => rank(a) - rank(b))
}

/** What to tell the router that this browser can play, best first. */
export function playableCodecs(codecs: readonly CodecLike[]): ('h264' | 'vp8')[] {
  const types = new Set(preferredCodecs(codecs).map((codec) => codec.mimeType.toLowerCase()))
  const playable: ('h264' | 'vp8')[] = []
  if (types.has('video/h264')) playable.push('h264')
  if (types.has('video/vp8')) playable.push('vp8')
  return playable
}
