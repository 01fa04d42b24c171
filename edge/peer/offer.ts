import type { VideoCodec } from '../stream/stages.ts'

export interface NegotiatedCodec {
  readonly payloadType: number
  /** RFC 4588 retransmission; null when the offer has none for this codec. */
  readonly rtxPayloadType: number | null
}

export interface NegotiatedVideoCodec extends NegotiatedCodec {
  readonly codec: VideoCodec
}

export interface Negotiated {
  /** The offer with only what may be sent left, best first, so that the answer can name nothing else. */
  readonly sdp: string
  /** Everything that both sides can use, best first, never empty: a sender may change from one to another at any keyframe. */
  readonly codecs: readonly [NegotiatedVideoCodec, ...NegotiatedVideoCodec[]]
  /** What FlexFEC (draft 03) repair packets of the video go out as; null where the browser does not take them. */
  readonly fecPayloadType: number | null
  readonly audio: NegotiatedAudio | null
}

export interface NegotiatedAudio {
  readonly payloadType: number
  /** RFC 2198: packets that carry earlier ones again; null where the browser does not take them. */
  readonly redPayloadType: number | null
}

/** The offer has no codec that this node can send. */
export class NoCommonCodec extends Error {}

interface Section {
  readonly kind: string
  readonly lines: readonly string[]
}

/** Picks what to send from what a browser offers. Throws NoCommonCodec. */
export function negotiate(offerSdp: string, preferred: readonly VideoCodec[]): Negotiated {
  const { head, sections } = split(offerSdp)
  const video = sections.find((section) => section.kind === 'video')
  if (video === undefined) throw new NoCommonCodec('the offer has no video section')
  const [best, ...others] = preferred.flatMap((codec) => {
    const payloadType = findVideo(video, codec)
    return payloadType === null ? [] : [{ codec, payloadType, rtxPayloadType: findRtx(video, payloadType) }]
  })
  if (best === undefined) throw new NoCommonCodec(`the offer has none of ${preferred.join(', ')}`)
  const codecs: Negotiated['codecs'] = [best, ...others]
  const audioSection = sections.find((section) => section.kind === 'audio')
  const opus = audioSection === undefined ? undefined : payloadTypes(audioSection, 'opus/48000/2')[0]
  const audio =
    audioSection === undefined || opus === undefined
      ? null
      : { payloadType: opus, redPayloadType: findRed(audioSection, opus) }
  const fecPayloadType = payloadTypes(video, 'flexfec-03/90000')[0] ?? null
  const videoTypes = codecs.flatMap((codec) => [codec.payloadType, codec.rtxPayloadType])
  const kept = sections.map((section) => {
    if (section.kind === 'video') return keepOnly(section, [...videoTypes, fecPayloadType])
    if (section.kind === 'audio' && audio !== null) {
      return keepOnly(section, [audio.payloadType, audio.redPayloadType])
    }
    return section.lines
  })
  return { sdp: [...head, ...kept.flat(), ''].join('\r\n'), codecs, fecPayloadType, audio }
}

function split(sdp: string): { head: string[]; sections: Section[] } {
  const lines = sdp.split(/\r?\n/).filter((line) => line !== '')
  const starts = lines.flatMap((line, index) => (line.startsWith('m=') ? [index] : []))
  const sections = starts.map((start, nth) => ({
    kind: /^m=(\w+)/.exec(lines[start] ?? '')?.[1] ?? '',
    lines: lines.slice(start, starts[nth + 1] ?? lines.length),
  }))
  return { head: lines.slice(0, starts[0] ?? lines.length), sections }
}

function payloadTypes(section: Section, encoding: string): number[] {
  return section.lines.flatMap((line) => {
    const match = /^a=rtpmap:(\d+) (\S+)/.exec(line)
    return match?.[2]?.toLowerCase() === encoding ? [Number(match[1])] : []
  })
}

function formatOf(section: Section, payloadType: number): Map<string, string> {
  const prefix = `a=fmtp:${payloadType} `
  const line = section.lines.find((candidate) => candidate.startsWith(prefix))
  const pairs = (line?.slice(prefix.length) ?? '').split(';').map((pair) => pair.trim().split('='))
  return new Map(pairs.map(([key, value]) => [key ?? '', value ?? '']))
}

/**
 * The payload type that takes what our encoder writes. H.264: fragmentation allowed (mode 1) and a baseline profile, the constrained
 * one first. VP9 and AV1: profile 0, which is also what saying nothing means (RFC 9628 section 6.1, AV1 RTP specification section 7.2).
 */
function findVideo(section: Section, codec: VideoCodec): number | null {
  switch (codec) {
    case 'vp8':
      return payloadTypes(section, 'vp8/90000')[0] ?? null
    case 'vp9':
      return findProfile0(section, 'vp9/90000', 'profile-id')
    case 'av1':
      return findProfile0(section, 'av1/90000', 'profile')
    case 'h264':
      return findH264(section)
    default:
      return codec satisfies never
  }
}

function findProfile0(section: Section, encoding: string, parameter: string): number | null {
  const types = payloadTypes(section, encoding)
  return types.find((type) => (formatOf(section, type).get(parameter) ?? '0') === '0') ?? null
}

function findH264(section: Section): number | null {
  const usable = payloadTypes(section, 'h264/90000').filter(
    (payloadType) => formatOf(section, payloadType).get('packetization-mode') === '1',
  )
  const withProfile = (profile: string) =>
    usable.find((type) => formatOf(section, type).get('profile-level-id')?.toLowerCase().startsWith(profile))
  return withProfile('42e0') ?? withProfile('42c0') ?? withProfile('4200') ?? null
}

function findRtx(section: Section, payloadType: number): number | null {
  const rtx = payloadTypes(section, 'rtx/90000')
  return rtx.find((type) => formatOf(section, type).get('apt') === String(payloadType)) ?? null
}

/** Of Opus in Opus: `a=fmtp:63 111/111`. */
function findRed(section: Section, payloadType: number): number | null {
  const red = payloadTypes(section, 'red/48000/2')
  const format = new RegExp(`^a=fmtp:(\\d+) ${payloadType}/${payloadType}$`)
  return red.find((type) => section.lines.some((line) => format.exec(line)?.[1] === String(type))) ?? null
}

function keepOnly(section: Section, payloadTypes: readonly (number | null)[]): string[] {
  const kept = payloadTypes.filter((type) => type !== null).map(String)
  return section.lines.flatMap((line) => {
    const media = /^(m=\w+ \d+ \S+) /.exec(line)
    if (media !== null) return [`${media[1]} ${kept.join(' ')}`]
    const attribute = /^a=(?:rtpmap|fmtp|rtcp-fb):(\d+) /.exec(line)
    return attribute === null || kept.includes(attribute[1] ?? '') ? [line] : []
  })
}
