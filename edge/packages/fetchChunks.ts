import { NearcadeError } from '../../config/errors.ts'
import { frameHeadBytes, maxFrameBodyBytes } from '../../config/protocol/packageFrames.ts'
import { mostHashes } from '../../config/protocol/nodePackages.ts'
import type { NodeClock } from '../agent/nodeClock.ts'
import { inLanes } from '../saves/lanes.ts'
import { patiently } from '../saves/patience.ts'
import type { PartialFiles } from './partialFiles.ts'
import type { RemotePackages } from './remote.ts'

export interface FetchOptions {
  readonly remote: Pick<RemotePackages, 'chunks'>
  readonly treeId: string
  readonly into: PartialFiles
  /** Requests at once, asked again and again: games that run meanwhile want their share of the machine. */
  lanes(): number
  readonly clock: NodeClock
  readonly signal: AbortSignal
  onBytes(bytes: number): void
}

/** For a router that restarts. After it, others have their turn. */
const patienceMs = 60_000
/** Between two looks at `lanes`. */
const requestsAtOnce = 16

/** Fetches what is missing. @throws what the first request that failed for good threw; what came stays */
export async function fetchChunks(options: FetchOptions): Promise<void> {
  const { into, signal } = options
  for (let size = Infinity; into.missing.size > 0 && into.missing.size < size; ) {
    size = into.missing.size
    await inLanes(requestsFor(into.missing), options.lanes(), async (wanted) => {
      signal.throwIfAborted()
      await fetchSome(wanted, options)
    })
  }
  if (into.missing.size > 0) throw new Error('chunks came and are still missing')
}

/** @param wanted bytes by hash; fetches them even where they are not missing */
export async function fetchSome(wanted: ReadonlyMap<string, number>, options: FetchOptions): Promise<void> {
  const { remote, treeId, into, clock, signal } = options
  const left = new Map(wanted)
  await patiently(
    () =>
      remote.chunks(
        treeId,
        left,
        async (sha256, bytes) => {
          await into.write(sha256, bytes).catch(throwDiskFault)
          options.onBytes(bytes.length)
          left.delete(sha256)
        },
        signal,
      ),
    { clock, patienceMs, signal },
  )
}

/** Of this node's disk: to ask the router again would not help. */
function throwDiskFault(cause: unknown): never {
  const { code, message } = cause as NodeJS.ErrnoException
  const isFull = code === 'ENOSPC' || code === 'EDQUOT'
  throw new NearcadeError(isFull ? 'node-full' : 'internal', isFull ? [] : [message], cause)
}

/** As many chunks in each as one body may have. */
function* requestsFor(missing: ReadonlyMap<string, number>): Iterable<ReadonlyMap<string, number>> {
  let request = new Map<string, number>()
  let bodyBytes = 0
  let requests = 0
  for (const [sha256, bytes] of missing) {
    const frameBytes = frameHeadBytes + bytes
    if (bodyBytes + frameBytes > maxFrameBodyBytes || request.size === mostHashes) {
      yield request
      requests += 1
      if (requests === requestsAtOnce) return
      request = new Map()
      bodyBytes = 0
    }
    request.set(sha256, bytes)
    bodyBytes += frameBytes
  }
  if (request.size > 0) yield request
}
