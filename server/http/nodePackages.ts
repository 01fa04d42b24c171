import { pipeline } from 'node:stream/promises'
import { Router, type Request } from 'express'
import { NearcadeError } from '../../config/errors.ts'
import { sha256 } from '../../config/protocol/content.ts'
import { askChunks } from '../../config/protocol/nodePackages.ts'
import { chunkBytesAt, type PackageTree, treeText } from '../../config/protocol/package.ts'
import { frameHead, frameHeadBytes, maxFrameBodyBytes } from '../../config/protocol/packageFrames.ts'
import type { Clock } from '../clock.ts'
import type { Fleet } from '../fleet/fleet.ts'
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
  readonly packages: Pick<Packages, 'findTree' | 'readChunk'>
  readonly fleet: Pick<Fleet, 'hasNotLost' | 'mayRead'>
  readonly clock: Clock
}

/** The API as `config/protocol/nodePackages.ts` lists it, mounted at `/api/node/packages`. */
export function nodePackageRoutes({ packages, fleet, clock }: NodePackagesContext): Router {
  const router = Router()
  const sizes = new Map<string, ReadonlyMap<string, number>>()
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
  async function treeFor(nodeId: string, treeId: string): Promise<PackageTree> {
    const tree = fleet.mayRead(nodeId, treeId) ? await packages.findTree(treeId) : null
    if (tree === null) throw new NearcadeError('package-not-found')
    return tree
  }

  /** Bytes by hash of the chunks that a node may read by this tree. */
  async function sizesFor(nodeId: string, treeId: string): Promise<ReadonlyMap<string, number>> {
    const known = fleet.mayRead(nodeId, treeId) ? sizes.get(treeId) : undefined
    if (known !== undefined) return known
    const { files } = await treeFor(nodeId, treeId)
    const found = new Map<string, number>()
    for (const { size, chunks } of files)
      for (const [index, hash] of chunks.entries()) found.set(hash, chunkBytesAt(size, index))
    sizes.set(treeId, found)
    const [oldest] = sizes.keys()
    if (sizes.size > treesInMemory && oldest !== undefined) sizes.delete(oldest)
    return found
  }

  addRoute(router, `${label}/chunks`, '/chunks', {
    async post(request, response) {
      const { treeId, hashes } = signedBody(request, askChunks, maxAskChars)
      const known = await sizesFor(nodeOf(response), treeId)
      const wanted = [...new Set(hashes)].map((hash): [string, number] => [hash, known.get(hash) ?? 0])
      if (wanted.some(([, bytes]) => bytes === 0))
        throw new NearcadeError('bad-request', ['a chunk is not in that package'])
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
      response.type('json').send(treeText(await treeFor(nodeOf(response), treeOf(request))))
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
