/** RFC 8285 one-byte header extensions that Nearcade sends. */
export const PLAYOUT_DELAY = 'http://www.webrtc.org/experiments/rtp-hdrext/playout-delay'
export const TRANSPORT_WIDE = 'http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01'

/** Minimum and maximum playout delay of 0: show each frame as soon as it is decoded. */
const NO_DELAY = Buffer.from([0, 0, 0])

export interface Extension {
  id: number
  payload: Buffer
}

export interface ExtensionIds {
  readonly playoutDelay: number | null
  readonly transportWide: number | null
}

export function extensionIds(
  negotiated: readonly { readonly id: number; readonly uri: string }[],
): ExtensionIds {
  const id = (uri: string) => negotiated.find((extension) => extension.uri === uri)?.id ?? null
  return { playoutDelay: id(PLAYOUT_DELAY), transportWide: id(TRANSPORT_WIDE) }
}

/** `transportSequence`: one number space for all packets of the transport, in the order they leave. */
export function extensionsFor(
  ids: ExtensionIds,
  transportSequence: number,
  withPlayoutDelay: boolean,
): Extension[] {
  const extensions: Extension[] = []
  if (ids.transportWide !== null) {
    const payload = Buffer.allocUnsafe(2)
    payload.writeUInt16BE(transportSequence & 0xffff)
    extensions.push({ id: ids.transportWide, payload })
  }
  if (withPlayoutDelay && ids.playoutDelay !== null)
    extensions.push({ id: ids.playoutDelay, payload: NO_DELAY })
  return extensions
}
