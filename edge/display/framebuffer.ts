import { closeSync, openSync, readSync } from 'node:fs'
import type { PixelSource } from '../media/pixels.ts'
import { mapFile } from '../media/native.ts'

/** What the header of an XWD file (version 7, as Xvfb's `-fbdir` keeps it) says of the pixels behind it. */
export interface XwdLayout {
  readonly widthPx: number
  readonly heightPx: number
  readonly strideBytes: number
  /** Of the first pixel, from the start of the file. */
  readonly offsetBytes: number
}

export const XWD_HEADER_BYTES = 100
const BYTES_PER_COLOUR = 12

/** Throws on anything but 32 bits a pixel, blue first. The header's words are big-endian, the pixels follow `byteOrder`. */
export function parseXwdHeader(header: Buffer): XwdLayout {
  if (header.length < XWD_HEADER_BYTES) throw new RangeError('the XWD header is cut short')
  const word = (index: number) => header.readUInt32BE(index * 4)
  const [headerBytes, version, format] = [word(0), word(1), word(2)]
  if (version !== 7 || format !== 2)
    throw new Error(`not a Z-format XWD file of version 7 (${version}, ${format})`)
  const [byteOrder, bitsPerPixel, redMask, blueMask] = [word(7), word(11), word(14), word(16)]
  if (byteOrder !== 0 || bitsPerPixel !== 32 || redMask !== 0xff0000 || blueMask !== 0xff) {
    throw new Error(
      `the screen is not BGRX (order ${byteOrder}, ${bitsPerPixel} bits, red ${redMask.toString(16)})`,
    )
  }
  return {
    widthPx: word(4),
    heightPx: word(5),
    strideBytes: word(12),
    offsetBytes: headerBytes + word(19) * BYTES_PER_COLOUR,
  }
}

/** The X server's screen, mapped: its pixels change under the reader. */
export interface Framebuffer extends PixelSource {
  /** Unmaps; reading the pixels afterwards would crash the process. */
  close(): void
}

/** Throws where the file is missing or not in the layout that Xvfb writes. */
export function openFramebuffer(file: string): Framebuffer {
  const header = Buffer.alloc(XWD_HEADER_BYTES)
  const fd = openSync(file, 'r')
  try {
    readSync(fd, header, 0, XWD_HEADER_BYTES, 0)
  } finally {
    closeSync(fd)
  }
  const layout = parseXwdHeader(header)
  const mapped = mapFile(file)
  const needed = layout.offsetBytes + layout.strideBytes * layout.heightPx
  if (mapped.bytes < needed) {
    mapped.close()
    throw new Error(`${file} has ${mapped.bytes} bytes of the ${needed} that its header promises`)
  }
  return {
    address: mapped.address + BigInt(layout.offsetBytes),
    view: mapped.view(needed).subarray(layout.offsetBytes),
    strideBytes: layout.strideBytes,
    widthPx: layout.widthPx,
    heightPx: layout.heightPx,
    close: () => mapped.close(),
  }
}
