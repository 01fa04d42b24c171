/** What a file is by its bytes, whatever it is called. */
export type MediaForm =
  | { readonly kind: 'picture'; readonly form: 'jpeg' | 'png' | 'webp' | 'gif' }
  | { readonly kind: 'video'; readonly form: 'mov' | 'matroska' }

/** As many bytes as `mediaForm` looks at. */
export const mediaHeadBytes = 16

/** ISO base media files that are pictures: MIAF, HEIF and AVIF. */
const pictureBrands = new Set(['avif', 'avis', 'heic', 'heix', 'hevc', 'heim', 'mif1', 'msf1'])

/** Null: none of the forms that are shown. */
export function mediaForm(head: Uint8Array): MediaForm | null {
  if (begins(head, 0xff, 0xd8, 0xff)) return { kind: 'picture', form: 'jpeg' }
  if (begins(head, 0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a)) return { kind: 'picture', form: 'png' }
  if (textAt(head, 0, 4) === 'RIFF' && textAt(head, 8, 4) === 'WEBP') return { kind: 'picture', form: 'webp' }
  if (textAt(head, 0, 4) === 'GIF8') return { kind: 'picture', form: 'gif' }
  if (textAt(head, 4, 4) === 'ftyp' && !pictureBrands.has(textAt(head, 8, 4)))
    return { kind: 'video', form: 'mov' }
  return begins(head, 0x1a, 0x45, 0xdf, 0xa3) ? { kind: 'video', form: 'matroska' } : null
}

/** AV1 Image File Format: browsers show it, and nothing is made of it here. */
export const isAvif = (head: Uint8Array): boolean =>
  textAt(head, 4, 4) === 'ftyp' && /^avi[fs]$/.test(textAt(head, 8, 4))

export interface PictureSize {
  readonly widthPx: number
  readonly heightPx: number
}

/** As its header says it, before anybody decodes it; null: the header says nothing. */
export function pictureSize(bytes: Uint8Array): PictureSize | null {
  const known = mediaForm(bytes)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  try {
    switch (known?.kind === 'picture' ? known.form : null) {
      case 'png':
        return textAt(bytes, 12, 4) === 'IHDR'
          ? { widthPx: view.getUint32(16), heightPx: view.getUint32(20) }
          : null
      case 'gif':
        return { widthPx: view.getUint16(6, true), heightPx: view.getUint16(8, true) }
      case 'webp':
        return webpSize(bytes, view)
      case 'jpeg':
        return jpegSize(view)
      default:
        return null
    }
  } catch (cause) {
    // It ends before its header does.
    if (cause instanceof RangeError) return null
    throw cause
  }
}

/** RFC 9649, section 2. */
function webpSize(bytes: Uint8Array, view: DataView): PictureSize | null {
  const uint24 = (at: number): number => view.getUint16(at, true) + view.getUint8(at + 2) * 65_536
  switch (textAt(bytes, 12, 4)) {
    case 'VP8X':
      return { widthPx: uint24(24) + 1, heightPx: uint24(27) + 1 }
    case 'VP8L': {
      const bits = view.getUint32(21, true)
      return { widthPx: (bits & 0x3fff) + 1, heightPx: ((bits >>> 14) & 0x3fff) + 1 }
    }
    case 'VP8 ':
      return { widthPx: view.getUint16(26, true) & 0x3fff, heightPx: view.getUint16(28, true) & 0x3fff }
    default:
      return null
  }
}

/** ITU-T T.81, table B.1: from marker to marker until one that begins a frame. */
function jpegSize(view: DataView): PictureSize | null {
  for (let at = 2; at + 9 < view.byteLength; ) {
    if (view.getUint8(at) !== 0xff) return null
    const marker = view.getUint8(at + 1)
    if (marker === 0xff) {
      at += 1
      continue
    }
    const beginsFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)
    if (beginsFrame) return { heightPx: view.getUint16(at + 5), widthPx: view.getUint16(at + 7) }
    at += 2 + view.getUint16(at + 2)
  }
  return null
}

const begins = (head: Uint8Array, ...bytes: readonly number[]): boolean =>
  bytes.every((byte, at) => head[at] === byte)

const textAt = (bytes: Uint8Array, at: number, length: number): string =>
  String.fromCharCode(...bytes.subarray(at, at + length))
