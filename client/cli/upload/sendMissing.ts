import { type FileHandle, open } from 'node:fs/promises'
import { frameHead, frameHeadBytes, maxFrameBodyBytes } from '../../../config/protocol/packageFrames.ts'
import type { UploadView } from '../../../config/protocol/uploads.ts'
import { Fault } from '../fault.ts'
import { type Patience, patiently } from '../patience.ts'
import { bodies, type ChunkPlaces } from './chunkPlan.ts'
import type { UploadApi } from './uploadApi.ts'

export interface Sending {
  readonly api: Pick<UploadApi, 'view' | 'send'>
  readonly places: ChunkPlaces
  /** Absolute, by the places' indices. */
  readonly files: readonly string[]
  readonly patience: Patience
  /** Bodies on their way at once. */
  readonly lanes: number
  sent(bytes: number): void
}

/** Large enough that the way there and back does not count, small enough that few are in memory and a cut costs little. */
const bodyBytes = 8 * 1024 * 1024

/** Sends all that is missing. @throws Fault; the signal's reason */
export async function sendMissing(first: UploadView, sending: Sending): Promise<UploadView> {
  const { api, places, patience } = sending
  const { signal } = patience
  let view = first
  while (view.state === 'receiving' && view.missing.length > 0) {
    const unknown = view.missing.find((sha256) => !places.has(sha256))
    if (unknown !== undefined)
      throw new Fault('refused', {
        code: 'wrong-content',
        what: 'The router asks for bytes that this build does not have.',
        next: 'Push again; if it stays, report it.',
        details: [unknown],
      })
    const queue = bodies(view.missing, places, Math.min(bodyBytes, maxFrameBodyBytes))
    const lane = async (): Promise<void> => {
      const reader = openReader(sending)
      try {
        for (const body of queue) {
          const bytes = await reader.body(body)
          await patiently(() => api.send(view.uploadId, bytes, signal), patience)
          sending.sent(bytes.length - body.length * frameHeadBytes)
        }
      } finally {
        queue.return(undefined)
        await reader.close()
      }
    }
    const lanes = Array.from({ length: sending.lanes }, lane)
    try {
      await Promise.all(lanes)
    } finally {
      await Promise.allSettled(lanes)
    }
    view = await patiently(() => api.view(view.uploadId, signal), patience)
  }
  return view
}

/** One body's room, used again and again, and the file that it was last read from. */
function openReader({ places, files }: Pick<Sending, 'places' | 'files'>) {
  let buffer = Buffer.alloc(0)
  let opened: { readonly index: number; readonly handle: FileHandle } | null = null

  async function handleOf(index: number): Promise<FileHandle> {
    if (opened?.index === index) return opened.handle
    await opened?.handle.close()
    opened = null
    const handle = await open(files[index] ?? '', 'r')
    opened = { index, handle }
    return handle
  }

  return {
    async body(hashes: readonly string[]): Promise<Buffer> {
      if (buffer.length === 0) buffer = Buffer.allocUnsafeSlow(bodyBytes + frameHeadBytes)
      let at = 0
      for (const sha256 of hashes) {
        const place = places.get(sha256)
        if (place === undefined) continue
        buffer.set(frameHead(sha256, place.bytes), at)
        at += frameHeadBytes
        const handle = await handleOf(place.fileIndex)
        for (let filled = 0; filled < place.bytes; ) {
          const { bytesRead } = await handle.read(
            buffer,
            at + filled,
            place.bytes - filled,
            place.from + filled,
          )
          if (bytesRead === 0) throw shorter(files[place.fileIndex] ?? '')
          filled += bytesRead
        }
        at += place.bytes
      }
      return buffer.subarray(0, at)
    },
    close: async () => {
      await opened?.handle.close()
      opened = null
    },
  }
}

const shorter = (file: string): Fault =>
  new Fault('refused', {
    code: 'wrong-content',
    what: 'A file changed while it was sent.',
    next: 'Let nothing write to the build, then push again: what has come already is not sent again.',
    details: [file],
  })
