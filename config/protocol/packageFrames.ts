import { NearcadeError } from '../errors.ts'
import { packageChunkBytes } from './package.ts'

/**
 * Chunks on their way, as `application/octet-stream`: [32 bytes SHA-256][length, 4 bytes, most significant first][the bytes], again and
 * again. What the bytes hash to is for whoever reads them to check.
 */
export interface Frame {
  /** 64 hex digits. */
  readonly sha256: string
  readonly bytes: Uint8Array<ArrayBuffer>
}

/** Of one body. */
export const maxFrameBodyBytes = 16 * 1024 * 1024
export const frameHeadBytes = 36

/** What goes before a chunk's bytes. */
export function frameHead(sha256: string, length: number): Uint8Array<ArrayBuffer> {
  const head = new Uint8Array(frameHeadBytes)
  for (let at = 0; at < 32; at += 1) head[at] = Number.parseInt(sha256.slice(at * 2, at * 2 + 2), 16)
  new DataView(head.buffer).setUint32(32, length)
  return head
}

export interface FrameReader {
  /**
   * Takes the next bytes of a body, cut anywhere, and gives the chunks that are whole by now. They are copies.
   * @throws NearcadeError bad-request: an empty chunk or one of more than `packageChunkBytes`; message-too-large: a body of more than `maxBytes`
   */
  push(bytes: Uint8Array): readonly Frame[]
  /** @throws NearcadeError bad-request when the body ended within a chunk */
  end(): void
}

/**
 * Holds one chunk at most.
 * @param allocate for each chunk, of just this length; its bytes are all written over
 */
export function createFrameReader(
  maxBytes = maxFrameBodyBytes,
  allocate = (length: number): Uint8Array<ArrayBuffer> => new Uint8Array(length),
): FrameReader {
  const head = new Uint8Array(frameHeadBytes)
  let headFill = 0
  let chunk: Uint8Array<ArrayBuffer> | null = null
  let chunkFill = 0
  let total = 0
  return {
    push(bytes) {
      total += bytes.length
      if (total > maxBytes) throw new NearcadeError('message-too-large', [`more than ${maxBytes} bytes`])
      const frames: Frame[] = []
      for (let at = 0; at < bytes.length; ) {
        if (chunk === null) {
          const part = bytes.subarray(at, at + frameHeadBytes - headFill)
          head.set(part, headFill)
          headFill += part.length
          at += part.length
          if (headFill < frameHeadBytes) break
          chunk = allocate(lengthIn(head))
          chunkFill = 0
          continue
        }
        const part = bytes.subarray(at, at + chunk.length - chunkFill)
        chunk.set(part, chunkFill)
        chunkFill += part.length
        at += part.length
        if (chunkFill < chunk.length) break
        frames.push({ sha256: hashIn(head), bytes: chunk })
        chunk = null
        headFill = 0
      }
      return frames
    },
    end() {
      if (headFill > 0) throw new NearcadeError('bad-request', ['the body broke off within a chunk'])
    },
  }
}

function lengthIn(head: Uint8Array<ArrayBuffer>): number {
  const length = new DataView(head.buffer).getUint32(32)
  if (length < 1 || length > packageChunkBytes)
    throw new NearcadeError('bad-request', [`a chunk has 1 to ${packageChunkBytes} bytes, not ${length}`])
  return length
}

const hashIn = (head: Uint8Array): string => {
  let text = ''
  for (const byte of head.subarray(0, 32)) text += byte.toString(16).padStart(2, '0')
  return text
}
