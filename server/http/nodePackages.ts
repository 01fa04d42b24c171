import { pipeline } from 'node:stream/promises'
import { Router, type Request } from 'express'
import { NearcadeError } from '../../config/errors.ts'
import { sha256 } from '../../config/protocol/content.ts'
import { askChunks } from '../../config/protocol/nodePackages.ts'
import { frameHead, frameHeadBytes, maxFrameBodyBytes } from '../../config/protocol/packageFrames.ts'
import type { Clock } from '../clock.ts'
import type { Fleet } from '../fleet/fleet.ts'
import type { ChunkList } from '../packages/chunkList.ts'
import type { Packages } from '../packages/packages.ts'
import { nodeDoor, nodeOf, readsBody, signedBody } from './nodeDoor.ts'
import { addRoute } from './route.ts'

const label = '/api/node/packages'
/** Of 4096 hashes. */
const maxAskChars = 512 * 1024
/** Of one address, by nodes that were not let in so far: a stranger's attempts, and each node of a site once. */
const newcomers = { burst: 200, perSecond: 20 }
/** Chunks that are read before they can be sent. */
const readAhead = 4
/** Nodes ask for the chunks of one tree thousands of times. */
const treesInMemory = 16

export interface NodePackagesContext {
  readonly packages: Pick<Packages, 'treeText' | 'chunksOf' | 'readChunk'>
  readonly fleet: Pick<Fleet, 'hasNotLost' | 'mayRead'>
  readonly clock: Clock
}

/** The API as `config/protocol/nodePackages.ts` lists it, mounted at `/api/node/packages`. */
export function nodePackageRoutes({ packages, fleet, clock }: NodePackagesContext): Router {
  const router = Router()
  const lists = new Map<string, ChunkList>()
  router.use((_request, response, next) => {
    response.setHeader('Cache-Control', 'no-store')
    next()
  })
  router.use(
    nodeDoor({
      purpose: 'packages',
      clock,
      newcomers,
      about: () => '',
      async admit(nodeId) {
        if (!fleet.hasNotLost(nodeId)) throw new NearcadeError('node-not-known')
      },
    }),
  )
  router.use('/chunks', readsBody(maxAskChars))

  /** @throws NearcadeError package-not-found, also for one that is there and none of the node's business */
  async function found<T>(nodeId: string, treeId: string, find: () => Promise<T | null>): Promise<T> {
    const it = fleet.mayRead(nodeId, treeId) ? await find() : null
    if (it === null) throw new NearcadeError('package-not-found')
    return it
  }

  /** Chunks that a node may read by this tree. */
  async function listFor(nodeId: string, treeId: string): Promise<ChunkList> {
    const list = await found(nodeId, treeId, async () => lists.get(treeId) ?? packages.chunksOf(treeId))
    lists.delete(treeId)
    lists.set(treeId, list)
    const [oldest] = lists.keys()
    if (lists.size > treesInMemory && oldest !== undefined) lists.delete(oldest)
    return list
  }

  addRoute(router, `${label}/chunks`, '/chunks', {
    async post(request, response) {
      const { treeId, hashes } = signedBody(request, askChunks, maxAskChars)
      const list = await listFor(nodeOf(response), treeId)
      const wanted = [...new Set(hashes)].map((hash): [string, number] => {
        const index = list.find(hash)
        if (index < 0) throw new NearcadeError('bad-request', ['a chunk is not in that package'])
        return [hash, list.bytesAt(index)]
      })
      const bodyBytes = wanted.reduce((sum, [, bytes]) => sum + frameHeadBytes + bytes, 0)
      if (bodyBytes > maxFrameBodyBytes)
        throw new NearcadeError('message-too-large', [`more than ${maxFrameBodyBytes} bytes`])
      response.setHeader('Content-Type', 'application/octet-stream')
      response.setHeader('Content-Length', bodyBytes)
      await pipeline(framesOf(wanted, packages), response).catch(forgetLeaver)
    },
  })
  addRoute(router, `${label}/:treeId`, '/:treeId', {
    async get(request, response) {
      const treeId = treeOf(request)
      const { size, bytes } = await found(nodeOf(response), treeId, () => packages.treeText(treeId))
      response.type('json').setHeader('Content-Length', size)
      await pipeline(bytes, response).catch(forgetLeaver)
    },
  })
  return router
}

/** Frame by frame, the next ones being read meanwhile. */
async function* framesOf(
  wanted: readonly (readonly [string, number])[],
  { readChunk }: Pick<Packages, 'readChunk'>,
): AsyncIterable<Uint8Array> {
  const read = async (hash: string, bytes: number): Promise<readonly Uint8Array[]> => {
    const blob = await readChunk(hash)
    if (blob?.size !== bytes) throw new Error(`the chunk ${hash} is not there, or not whole`)
    const parts: Uint8Array[] = [frameHead(hash, bytes)]
    for await (const part of blob.bytes) parts.push(part)
    return parts
  }
  const coming: Promise<readonly Uint8Array[]>[] = []
  for (const [hash, bytes] of wanted) {
    const next = read(hash, bytes)
    // Whoever waits for it hears of its failure; if nobody comes to that, it is no crash.
    next.catch(() => {})
    coming.push(next)
    if (coming.length < readAhead) continue
    const first = coming.shift()
    if (first !== undefined) yield* await first
  }
  for (const next of coming) yield* await next
}

/** A node that goes in the middle of an answer is no failure of ours. */
function forgetLeaver(cause: unknown): void {
  const code = cause instanceof Error ? (cause as NodeJS.ErrnoException).code : undefined
  if (code !== 'ERR_STREAM_PREMATURE_CLOSE' && code !== 'ECONNRESET') throw cause
}

function treeOf({ params }: Request): string {
  const treeId = sha256.safeParse(params['treeId'])
  if (!treeId.success) throw new NearcadeError('package-not-found')
  return treeId.data
}
