import type { VideoCodecName } from '../../config/protocol/stream.ts'

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

/** As the node sends them by default: H.264 costs it least, and so the picture waits least. */
const playable = ['h264', 'vp8', 'vp9', 'av1'] as const satisfies readonly VideoCodecName[]
/** Repair: retransmissions, and redundancy of whichever kind the node uses. */
const repair = ['rtx', 'red', 'ulpfec', 'flexfec-03']

/** The codec's name in lower case, null for a kind that the node never writes: H.264 without fragments, profiles beyond the first. */
function nameOf({ mimeType, sdpFmtpLine = '' }: CodecLike): string | null {
  const name = mimeType.toLowerCase().replace('video/', '')
  if (name === 'h264' && !/packetization-mode=1/.test(sdpFmtpLine)) return null
  return /(?:^|;)\s*profile(?:-id)?=[1-9]/.test(sdpFmtpLine) ? null : name
}

/** What to offer: what the node can send, best first, with every means of repair. */
export function preferredCodecs<T extends CodecLike>(codecs: readonly T[]): T[] {
  const order: readonly (string | null)[] = [...playable, ...repair]
  const rank = (codec: T): number => order.indexOf(nameOf(codec))
  return codecs.filter((codec) => rank(codec) >= 0).toSorted((a, b) => rank(a) - rank(b))
}

/** What to tell the router that this browser can play, best first. */
export function playableCodecs(codecs: readonly CodecLike[]): VideoCodecName[] {
  const names = new Set(codecs.map(nameOf))
  return playable.filter((name) => names.has(name))
}
