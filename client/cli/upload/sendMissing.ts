import { type FileHandle, open } from 'node:fs/promises'
import { frameHead, frameHeadBytes, maxFrameBodyBytes } from '../../../config/protocol/packageFrames.ts'
import type { UploadView } from '../../../config/protocol/uploads.ts'
import { Fault } from '../fault.ts'
import { createEndurance, isPassing, type Patience, patiently } from '../patience.ts'
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
const mostBytes = Math.min(8 * 1024 * 1024, maxFrameBodyBytes)
const leastBytes = 256 * 1024
/** A body that failed after so long may have come in part, and is asked for; one that failed after longer is too large for its line. */
const partMs = 1_000
const slowMs = 10_000

/** Sends all that is missing. @throws Fault; the signal's reason */
export async function sendMissing(first: UploadView, sending: Sending): Promise<UploadView> {
  const { api, places, patience } = sending
  const { signal } = patience
  const size = { bodyBytes: mostBytes }
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
    const queue = bodies(view.missing, places, () => size.bodyBytes)
    const { uploadId } = view
    const lane = async (): Promise<void> => {
      const reader = openReader(sending)
      try {
        for (const hashes of queue) await sendBody(uploadId, hashes, { ...sending, reader, size })
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
    view = await patiently(() => api.view(uploadId, signal), patience)
  }
  return view
}

interface LaneSending extends Sending {
  readonly reader: ReturnType<typeof openReader>
  /** Of the bodies of all lanes. */
  readonly size: { bodyBytes: number }
}

/** Again after a failure that may pass: what is missing of it still, in smaller bodies where the line is slow. */
async function sendBody(uploadId: string, hashes: readonly string[], lane: LaneSending): Promise<void> {
  const { api, places, patience, reader, size } = lane
  const { signal, nowMs } = patience
  const endurance = createEndurance(patience)
  let left = hashes
  const bytesOf = (some: readonly string[]): number =>
    some.reduce((sum, hash) => sum + (places.get(hash)?.bytes ?? 0), 0)
  const arrived = (now: readonly string[]): void => {
    lane.sent(bytesOf(left) - bytesOf(now))
    left = now
    endurance.relieved()
  }

  while (left.length > 0) {
    const [body = []] = bodies(left, places, () => size.bodyBytes)
    const beganMs = nowMs()
    try {
      await api.send(uploadId, await reader.body(body), signal)
      arrived(left.slice(body.length))
    } catch (failure) {
      signal?.throwIfAborted()
      if (!isPassing(failure)) throw failure
      const tookMs = nowMs() - beganMs
      // Those that were on their way at the same time say it all together once.
      if (tookMs >= slowMs) size.bodyBytes = Math.max(leastBytes, Math.min(size.bodyBytes, bytesOf(body) / 2))
      if (tookMs >= partMs) {
        // Its list is of the first that are missing, and what this round sends was among those when it began.
        const view = await patiently(() => api.view(uploadId, signal), patience)
        const missing = new Set(view.missing)
        const still = left.filter((hash) => missing.has(hash))
        if (still.length < left.length) arrived(still)
      }
      await endurance.endure(failure)
    }
  }
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
      if (buffer.length === 0) buffer = Buffer.allocUnsafeSlow(mostBytes + frameHeadBytes)
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
