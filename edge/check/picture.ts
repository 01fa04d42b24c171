import { crc32, deflateSync } from 'node:zlib'
import type { Framebuffer } from '../display/framebuffer.ts'

const widest = 480
/** Two of them and the figures have to fit into one message. */
const maxBytes = 120 * 1024

/** The screen now, thinned out, as a PNG (RFC 2083); null: it does not become small enough. */
export function pictureOf(
  screen: Pick<Framebuffer, 'view' | 'strideBytes' | 'widthPx' | 'heightPx'>,
): Buffer | null {
  const least = Math.max(1, Math.ceil(screen.widthPx / widest))
  for (const step of [least, least + 1, least * 2]) {
    const png = encode(screen, step)
    if (png.length <= maxBytes) return png
  }
  return null
}

function encode(
  { view, strideBytes, widthPx, heightPx }: Parameters<typeof pictureOf>[0],
  step: number,
): Buffer {
  const [width, height] = [Math.floor(widthPx / step), Math.floor(heightPx / step)]
  const lineBytes = 1 + width * 3
  const lines = Buffer.alloc(height * lineBytes)
  for (let y = 0; y < height; y += 1) {
    const line = y * lineBytes
    // Each byte less the one of the pixel before ("Sub").
    lines[line] = 1
    let [red, green, blue] = [0, 0, 0]
    for (let x = 0; x < width; x += 1) {
      const from = y * step * strideBytes + x * step * 4
      const to = line + 1 + x * 3
      const [b = 0, g = 0, r = 0] = [view[from], view[from + 1], view[from + 2]]
      lines[to] = r - red
      lines[to + 1] = g - green
      lines[to + 2] = b - blue
      ;[red, green, blue] = [r, g, b]
    }
  }
  const head = Buffer.alloc(13)
  head.writeUInt32BE(width, 0)
  head.writeUInt32BE(height, 4)
  // 8 bits a sample, RGB.
  head.set([8, 2], 8)
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    part('IHDR', head),
    part('IDAT', deflateSync(lines, { level: 9 })),
    part('IEND', Buffer.alloc(0)),
  ])
}

function part(name: string, bytes: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(name, 'latin1'), bytes])
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)]
  length.writeUInt32BE(bytes.length)
  sum.writeUInt32BE(crc32(body))
  return Buffer.concat([length, body, sum])
}
