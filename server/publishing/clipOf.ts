import { type CheckClip, maxClipBytes } from '../../config/protocol/check.ts'

/** Puts the parts of a clip together as they come. A node says what it likes: what is no clip is none. */
export function createClipParts() {
  let parts: string[] = []
  return {
    add({ part, data }: CheckClip): void {
      if (part === 0) parts = []
      if (part === parts.length) parts.push(data)
      else parts = []
    },
    /** MP4 in base64; null: none came, or not all of it. */
    whole(): string | null {
      const base64 = parts.join('')
      const bytes = Buffer.from(base64, 'base64')
      return bytes.length <= maxClipBytes && isMp4(bytes) ? base64 : null
    },
  }
}

/** The first box of every MP4 that browsers play is `ftyp` (ISO/IEC 14496-12, 4.3), and each begins with its length. */
function isMp4(bytes: Buffer): boolean {
  let at = 0
  for (let box = 0; at + 8 <= bytes.length; box += 1) {
    if (box === 0 && bytes.toString('latin1', 4, 8) !== 'ftyp') return false
    const length = bytes.readUInt32BE(at)
    if (length < 8) return false
    at += length
  }
  return at > 0 && at === bytes.length
}
