/** RFC 8285 one-byte header extensions that Nearcade sends. */
export const extensionUris = {
  /** One number space for all packets of the transport, in the order they leave (draft-holmer-rmcat-transport-wide-cc-extensions-01). */
  transportWide: 'http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01',
  absSendTime: 'http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time',
  playoutDelay: 'http://www.webrtc.org/experiments/rtp-hdrext/playout-delay',
  absCaptureTime: 'http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time',
  mid: 'urn:ietf:params:rtp-hdrext:sdes:mid',
} as const

/** The numbers under which the browser takes them; null: not offered. */
export type ExtensionIds = { readonly [K in keyof typeof extensionUris]: number | null }

export function extensionIds(
  negotiated: readonly { readonly id: number; readonly uri: string }[],
): ExtensionIds {
  const id = (uri: string) => negotiated.find((extension) => extension.uri === uri)?.id ?? null
  return {
    transportWide: id(extensionUris.transportWide),
    absSendTime: id(extensionUris.absSendTime),
    playoutDelay: id(extensionUris.playoutDelay),
    absCaptureTime: id(extensionUris.absCaptureTime),
    mid: id(extensionUris.mid),
  }
}

/** How long the browser may hold a frame back: the display's own choice lies between the two. */
export interface PlayoutDelay {
  readonly minMs: number
  readonly maxMs: number
}

/** What a packet carries beside its payload, wherever and however often it is sent. */
export interface PacketExtras {
  readonly playoutDelay: PlayoutDelay | null
  /** On the wall clock. */
  readonly capturedAtMs: number | null
  readonly mid: string | null
}

export const noExtras: PacketExtras = { playoutDelay: null, capturedAtMs: null, mid: null }

/** Bytes of the whole block, its own header included; 0 for none. */
export function extensionsBytes(ids: ExtensionIds, extras: PacketExtras): number {
  let bytes = 0
  if (ids.transportWide !== null) bytes += 3
  if (ids.absSendTime !== null) bytes += 4
  if (ids.playoutDelay !== null && extras.playoutDelay !== null) bytes += 4
  if (ids.absCaptureTime !== null && extras.capturedAtMs !== null) bytes += 9
  if (ids.mid !== null && extras.mid !== null) bytes += 1 + extras.mid.length
  return bytes === 0 ? 0 : 4 + ((bytes + 3) & ~3)
}

/** Writes the block at `offset`; `bytes` as `extensionsBytes` says. What changes with each sending is left at 0 for null. */
export function writeExtensions(
  target: Buffer,
  offset: number,
  bytes: number,
  ids: ExtensionIds,
  extras: PacketExtras,
  leaving: { readonly transportSequence: number; readonly wallMs: number } | null,
): void {
  target.fill(0, offset, offset + bytes)
  target.writeUInt16BE(0xbede, offset)
  target.writeUInt16BE(bytes / 4 - 1, offset + 2)
  let at = offset + 4
  const begin = (id: number, length: number): number => {
    target[at] = (id << 4) | (length - 1)
    at += 1 + length
    return at - length
  }
  if (ids.transportWide !== null) {
    target.writeUInt16BE((leaving?.transportSequence ?? 0) & 0xffff, begin(ids.transportWide, 2))
  }
  if (ids.absSendTime !== null) {
    // 6.18 fixed-point seconds, wrapping every 64 s.
    const seconds = ((leaving?.wallMs ?? 0) / 1000) % 64
    target.writeUIntBE(Math.floor(seconds * 2 ** 18), begin(ids.absSendTime, 3), 3)
  }
  if (ids.playoutDelay !== null && extras.playoutDelay !== null) {
    // Two 12-bit counts of 10 ms.
    const { minMs, maxMs } = extras.playoutDelay
    const tens = (ms: number) => Math.min(Math.round(ms / 10), 0xfff)
    target.writeUIntBE((tens(minMs) << 12) | tens(maxMs), begin(ids.playoutDelay, 3), 3)
  }
  if (ids.absCaptureTime !== null && extras.capturedAtMs !== null) {
    target.writeBigUInt64BE(ntpOf(extras.capturedAtMs), begin(ids.absCaptureTime, 8))
  }
  if (ids.mid !== null && extras.mid !== null) {
    target.write(extras.mid, begin(ids.mid, extras.mid.length), 'latin1')
  }
}

const SECONDS_1900_TO_1970 = 2_208_988_800

/** RFC 5905: 32.32 fixed-point seconds since 1900. */
export function ntpOf(wallMs: number): bigint {
  const seconds = Math.floor(wallMs / 1000)
  const fraction = Math.floor(((wallMs - seconds * 1000) / 1000) * 2 ** 32)
  return (BigInt(seconds + SECONDS_1900_TO_1970) << 32n) | BigInt(fraction)
}
