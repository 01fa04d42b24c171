import type { WireError } from '../../../config/errors.ts'
import type { UploadView } from '../../../config/protocol/uploads.ts'
import { ApiError, errorOf } from '../../ui/api.ts'
import { backoffMs } from '../../player/backoff.ts'
import { bodyOf, bytesOf, type Chunks, nextBatch } from './content.ts'
import { nextBatchBytes } from './pace.ts'
import type { UploadApi } from './uploadApi.ts'

/** Bodies on their way at once: one is sent while another is answered. */
const lanes = 3
const firstBatchBytes = 1024 * 1024

export interface SendingTools {
  readonly api: Pick<UploadApi, 'view' | 'send'>
  now(): number
  /** 0 to 1. */
  random(): number
  wait(ms: number, signal: AbortSignal): Promise<void>
  /** Settles at once, or when the pause is over. */
  unpaused(): Promise<void>
  /** So many bytes more have come. */
  sent(bytes: number): void
  /** The way is broken at present, and it is tried again; null: it works. */
  trouble(error: WireError | null): void
}

/** What another try can mend. */
const passing = new Set(['router-unreachable', 'too-many-requests', 'uploads-busy', 'internal'])

/** Sends all that is missing, in parallel. @throws ApiError for what trying again does not mend; the signal's reason */
export async function sendMissing(
  first: UploadView,
  chunks: Chunks,
  tools: SendingTools,
  signal: AbortSignal,
): Promise<UploadView> {
  let view = first
  let batchBytes = firstBatchBytes
  while (view.missing.length > 0) {
    const missing = [...view.missing]
    const lane = async (): Promise<void> => {
      while (missing.length > 0) {
        await tools.unpaused()
        signal.throwIfAborted()
        const batch = missing.splice(0, nextBatch(missing, chunks, batchBytes).length)
        if (batch.length === 0) return
        const startedMs = tools.now()
        const body = bodyOf(batch, chunks)
        await withPatience(() => sendBody(view.uploadId, body, tools, signal), tools, signal)
        const bytes = bytesOf(batch, chunks)
        batchBytes = nextBatchBytes(bytes, tools.now() - startedMs)
        tools.sent(bytes)
      }
    }
    await Promise.all(Array.from({ length: lanes }, lane))
    view = await withPatience(() => tools.api.view(view.uploadId), tools, signal)
  }
  return view
}

/** Tries again for as long as it may help, ever more slowly. */
export async function withPatience<T>(
  task: () => Promise<T>,
  { wait, trouble, random }: Pick<SendingTools, 'wait' | 'trouble' | 'random'>,
  signal: AbortSignal,
): Promise<T> {
  for (let attempt = 0; ; attempt += 1) {
    signal.throwIfAborted()
    try {
      const result = await task()
      trouble(null)
      return result
    } catch (failure) {
      signal.throwIfAborted()
      if (!(failure instanceof ApiError) || !passing.has(failure.error.code)) throw failure
      trouble(errorOf(failure))
      await wait(backoffMs(attempt, random()), signal)
    }
  }
}

/** A body that the browser cannot read any more is not the network's fault. @throws Changed */
async function sendBody(
  uploadId: string,
  body: Blob,
  { api }: SendingTools,
  signal: AbortSignal,
): Promise<void> {
  try {
    await api.send(uploadId, body, signal)
  } catch (failure) {
    signal.throwIfAborted()
    if (failure instanceof ApiError && failure.error.code === 'wrong-content') throw new Changed()
    await body.arrayBuffer().catch(() => {
      throw new Changed()
    })
    throw failure
  }
}

/** The files are not any more what was hashed. */
export class Changed extends Error {
  constructor() {
    super('the files changed while they were sent')
    this.name = 'Changed'
  }
}
