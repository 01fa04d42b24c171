import { createCipheriv, createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http'
import type { AddressInfo } from 'node:net'
import express from 'express'
import { pino } from 'pino'
import {
  packageChunkBytes,
  packageManifest,
  type PackageLink,
  type PackageTree,
  treeText,
} from '../../../config/protocol/package.ts'
import type { WantedPackage } from '../../../config/protocol/nodeSocket.ts'
import { titleManifest } from '../../../config/protocol/title.ts'
import { systemClock } from '../../../edge/agent/nodeClock.ts'
import {
  type NodePackages,
  type NodePackagesOptions,
  openNodePackages,
} from '../../../edge/packages/nodePackages.ts'
import { remotePackages } from '../../../edge/packages/remote.ts'
import { loadIdentity } from '../../../edge/uplink/identity.ts'
import { systemClock as routerClock } from '../../../server/clock.ts'
import { answerErrors } from '../../../server/http/errors.ts'
import { nodePackageRoutes } from '../../../server/http/nodePackages.ts'
import { treeSource } from '../../server/packages/support/treeSource.ts'

export const sha256Of = (bytes: string | Uint8Array): string =>
  createHash('sha256').update(bytes).digest('hex')

export interface Packed {
  readonly tree: PackageTree
  readonly treeId: string
  readonly chunks: ReadonlyMap<string, Buffer>
  readonly want: WantedPackage
}

const stardust = titleManifest.parse(
  JSON.parse(readFileSync('edge/titles/stardust/nearcade.title.json', 'utf8')),
)

/** A manifest that needs nothing of its host. */
export const manifestOf = (id: string, version: string, runtime: object = {}): Buffer =>
  Buffer.from(
    JSON.stringify({
      ...stardust,
      id,
      version,
      runtime: { ...stardust.runtime, needs: [], reads: [], ...runtime },
    }),
  )

export type Files = Readonly<
  Record<string, Buffer | { readonly bytes: Buffer; readonly executable: boolean }>
>

/** @param files by path; a manifest is added where there is none */
export function pack(id: string, version: string, given: Files, links: PackageLink[] = []): Packed {
  const files = { [packageManifest]: manifestOf(id, version), ...given }
  const chunks = new Map<string, Buffer>()
  const tree: PackageTree = {
    files: Object.entries(files)
      .map(([path, file]) => {
        const { bytes, executable } = Buffer.isBuffer(file) ? { bytes: file, executable: false } : file
        const hashes: string[] = []
        for (let at = 0; at < bytes.length; at += packageChunkBytes) {
          const chunk = bytes.subarray(at, at + packageChunkBytes)
          const hash = sha256Of(chunk)
          chunks.set(hash, chunk)
          hashes.push(hash)
        }
        return { path, size: bytes.length, executable, chunks: hashes }
      })
      .toSorted((a, b) => (a.path < b.path ? -1 : 1)),
    links: links.toSorted((a, b) => (a.path < b.path ? -1 : 1)),
  }
  const treeId = sha256Of(treeText(tree))
  const sizeBytes = tree.files.reduce((sum, { size }) => sum + size, 0)
  return { tree, treeId, chunks, want: { titleId: id, version, treeId, sizeBytes } }
}

/** Bytes that look like a game's: no two chunks the same. */
export const noise = (bytes: number, seed: string): Buffer =>
  createCipheriv('aes-128-ctr', sha256Of(seed).slice(0, 16), Buffer.alloc(16)).update(Buffer.alloc(bytes))

export interface FakeRouter extends AsyncDisposable {
  readonly url: string
  readonly packed: Map<string, Packed>
  /** Trees that a node may not read. */
  readonly forbidden: Set<string>
  /** Of chunks, as they were sent. */
  sentBytes: number
  trees: number
  readonly connections: number
  readonly app: RequestListener
  /** Answers instead of the routes where it says so. */
  intercept: (request: IncomingMessage, response: ServerResponse) => boolean
  /** Waited for before each chunk. */
  beforeChunk: (hash: string) => Promise<void>
}

/** The real routes over a router's packages, in memory. */
export async function serveNodePackages(): Promise<FakeRouter> {
  const packed = new Map<string, Packed>()
  const forbidden = new Set<string>()
  const app = express()
  app.use(
    '/api/node/packages',
    nodePackageRoutes({
      packages: {
        ...treeSource((treeId) => {
          router.trees += 1
          return packed.get(treeId)?.tree
        }),
        async readChunk(hash) {
          await router.beforeChunk(hash)
          for (const { chunks } of packed.values()) {
            const bytes = chunks.get(hash)
            if (bytes === undefined) continue
            router.sentBytes += bytes.length
            return {
              size: bytes.length,
              bytes: (async function* () {
                yield bytes
              })(),
            }
          }
          return null
        },
      },
      fleet: { hasNotLost: () => true, mayRead: (_nodeId, treeId) => !forbidden.has(treeId) },
      clock: routerClock,
    }),
  )
  app.use(answerErrors(pino({ level: 'silent' })))
  const { server, url } = await serve((request, response) => {
    if (!router.intercept(request, response)) app(request, response)
  })
  let connections = 0
  server.on('connection', () => {
    connections += 1
  })
  const router: FakeRouter = {
    url,
    packed,
    forbidden,
    sentBytes: 0,
    trees: 0,
    get connections() {
      return connections
    },
    app,
    intercept: () => false,
    beforeChunk: async () => {},
    [Symbol.asyncDispose]: () => stop(server),
  }
  return router
}

async function serve(listener: RequestListener): Promise<{ server: Server; url: string }> {
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { server, url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}` }
}
async function stop(server: Server): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve))
  server.closeAllConnections()
  await closed
}

export interface TestNode extends AsyncDisposable {
  readonly packages: NodePackages
  /** Settles once it holds; it is looked at whenever the node has something new to say. */
  until(holds: (packages: NodePackages) => boolean): Promise<void>
  readonly log: { fields: object; text: string }[]
}

export async function openNode(
  dataDir: string,
  url: string,
  options: Partial<NodePackagesOptions> = {},
): Promise<TestNode> {
  const waiting = new Set<() => void>()
  const log: TestNode['log'] = []
  const note = (fields: object, text: string): void => void log.push({ fields, text })
  const packages = await openNodePackages({
    dataDir,
    remote: remotePackages(url, await loadIdentity(dataDir)),
    maxBytes: 1024 ** 3,
    seat: { memoryBytes: 1024 ** 3, cpuCores: 1 },
    keepFreeBytes: 0,
    inUse: () => new Set(),
    isBusy: () => false,
    onChange() {
      for (const look of waiting) look()
    },
    clock: systemClock,
    random: () => 0,
    log: { info: note, warn: note },
    ...options,
  })
  return {
    packages,
    log,
    until: (holds) =>
      new Promise((resolve) => {
        const look = (): void => {
          if (!holds(packages)) return
          waiting.delete(look)
          resolve()
        }
        waiting.add(look)
        look()
      }),
    [Symbol.asyncDispose]: () => packages[Symbol.asyncDispose](),
  }
}

/** What is on offer, as `id version`. */
export const offered = (packages: NodePackages): string[] =>
  packages.offered.map(({ manifest }) => `${manifest.id} ${manifest.version}`).toSorted()

/** Codes of what could not be installed, by version. */
export const faultsOf = (packages: NodePackages): Record<string, string> =>
  Object.fromEntries(
    (packages.status().installFaults ?? []).map(({ titleId, version, error }) => [
      `${titleId} ${version}`,
      error.code,
    ]),
  )

/** A clock on which a minute of patience is a few milliseconds. */
export const hastyClock: NodePackagesOptions['clock'] = {
  wallMs: () => Date.now(),
  monotonicMs: () => performance.now() * 5000,
  after: (delayMs, action) => systemClock.after(delayMs / 5000, action),
}
