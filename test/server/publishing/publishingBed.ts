import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Readable } from 'node:stream'
import express from 'express'
import { pino } from 'pino'
import type { Actor, Role, Scope } from '../../../config/accounts.ts'
import {
  packageChunkBytes,
  packageManifest,
  type PackageTree,
  treeBytes,
  treeText,
} from '../../../config/protocol/package.ts'
import { createAccess } from '../../../server/accounts/access.ts'
import type { Accounts } from '../../../server/accounts/accounts.ts'
import { openBlobFolder } from '../../../server/blobs/folder.ts'
import { createCatalogue } from '../../../server/catalogue/catalogue.ts'
import { answerErrors } from '../../../server/http/errors.ts'
import { mediaRoutes } from '../../../server/http/media.ts'
import { orgAudit } from '../../../server/http/orgAudit.ts'
import { publishingRoutes } from '../../../server/http/publishing.ts'
import { titleMediaRoutes } from '../../../server/http/titleMedia.ts'
import { openTitleMedia } from '../../../server/media/titleMedia.ts'
import type { PackageFiles } from '../../../server/media/works.ts'
import type { NodeSnapshot } from '../../../server/placement/snapshot.ts'
import { openPublishing, type PackageSource } from '../../../server/publishing/publishing.ts'
import { openPgliteStore } from '../../../server/store/pgliteStore.ts'
import { titleJson } from '../support/titles.ts'

const sha256 = (bytes: Buffer | string): string => createHash('sha256').update(bytes).digest('hex')

/** Package trees in memory, with uploads that are done at once. */
export function memoryPackages() {
  const trees = new Map<string, { tree: PackageTree; files: ReadonlyMap<string, Buffer> }>()
  const uploads = new Map<string, { orgId: string; treeId: string }>()
  const kept = new Set<string>()
  const chunks = new Map<string, Buffer>()
  const source: PackageSource & PackageFiles = {
    async readChunk(hash) {
      const bytes = chunks.get(hash)
      return bytes === undefined ? null : { size: bytes.length, bytes: Readable.from([bytes]) }
    },
    async uploadOf(orgId, uploadId) {
      const upload = uploads.get(uploadId)
      if (upload?.orgId !== orgId) return null
      return trees.has(upload.treeId)
        ? { state: 'done', treeId: upload.treeId }
        : { state: 'receiving', treeId: undefined }
    },
    async treePart(treeId) {
      const tree = trees.get(treeId)?.tree
      return tree === undefined ? null : { tree, sizeBytes: treeBytes(tree) }
    },
    readFile: async (treeId, path) => trees.get(treeId)?.files.get(path) ?? null,
    async keep(treeId) {
      kept.add(treeId)
      return trees.has(treeId)
    },
    async forget(treeId) {
      kept.delete(treeId)
    },
  }
  return {
    source,
    kept,
    /** @returns the upload's id */
    upload(
      orgId: string,
      content: Readonly<Record<string, string | Buffer>>,
      executable: readonly string[] = [],
    ): string {
      const files = new Map(Object.entries(content).map(([path, text]) => [path, Buffer.from(text)]))
      const tree: PackageTree = {
        files: [...files]
          .sort(([a], [b]) => (a < b ? -1 : 1))
          .map(([path, bytes]) => ({
            path,
            size: bytes.length,
            executable: executable.includes(path),
            chunks: Array.from({ length: Math.ceil(bytes.length / packageChunkBytes) }, (_, index) => {
              const chunk = bytes.subarray(index * packageChunkBytes, (index + 1) * packageChunkBytes)
              chunks.set(sha256(chunk), chunk)
              return sha256(chunk)
            }),
          })),
        links: [],
      }
      const treeId = sha256(treeText(tree))
      trees.set(treeId, { tree, files })
      const uploadId = `upload-${uploads.size}`
      uploads.set(uploadId, { orgId, treeId })
      return uploadId
    },
    /** An upload that is not done. */
    begun(orgId: string): string {
      const uploadId = `upload-${uploads.size}`
      uploads.set(uploadId, { orgId, treeId: 'nothing yet' })
      return uploadId
    },
  }
}

/** A build that nothing is wrong with. */
export const buildOf = (
  titleId: string,
  version: string,
  more: Record<string, unknown> = {},
): Record<string, string> => ({
  [packageManifest]: JSON.stringify({
    ...titleJson(titleId),
    version,
    runtime: { kind: 'html5', page: 'index.html', needs: [], packages: [] },
    ...more,
  }),
  'index.html': `<title>${titleId} ${version}</title>`,
  'cover.png': `GIF89a, the cover of ${titleId} ${version}`,
})

/** Whoever says who they are in the header `as`: an account with roles such as `owner@org`, or a key with scopes. */
const account = (roles: Readonly<Record<string, Role>>, isOperator = false): Actor => ({
  kind: 'account',
  accountId: 'ada',
  playerId: 'guest',
  isOperator,
  roles: new Map(Object.entries(roles)),
})
const key = (...scopes: Scope[]): Actor => ({ kind: 'key', keyId: 'key', orgId: 'org', scopes })
export const actors = {
  guest: { kind: 'guest', playerId: null } as Actor,
  owner: account({ org: 'owner' }),
  developer: account({ org: 'developer' }),
  analyst: account({ org: 'analyst' }),
  stranger: account({ other: 'owner' }),
  operator: account({}, true),
  readingKey: key('titles:read'),
  writingKey: key('titles:write'),
  publishingKey: key('titles:publish'),
  statsKey: key('stats:read'),
} as const
export type ActorName = keyof typeof actors

/**
 * Publishing over HTTP on a store of its own, with everybody who may ask.
 * @param ffmpeg '' looks for one; nothing is made of media without
 */
export async function openPublishingBed({ ffmpeg = '/nowhere/ffmpeg' } = {}) {
  const folder = await mkdtemp(path.join(tmpdir(), 'nearcade-publishing-'))
  const store = await openPgliteStore(null)
  const packages = memoryPackages()
  const catalogue = createCatalogue([{ manifest: titleJson('game'), coverFile: null }])
  const withdrawn: string[] = []
  const begun: string[] = []
  const nodes: NodeSnapshot[] = []
  let nowMs = 1_000_000
  const clock = { now: () => ++nowMs, after: () => () => {} }
  const log = pino({ level: 'silent' })
  const blobs = await openBlobFolder(path.join(folder, 'media'))
  const media = await openTitleMedia({
    store: store.media,
    titles: store.publishing,
    blobs,
    packages: packages.source,
    folder: path.join(folder, 'work'),
    ffmpeg,
    changed: (titleIds) => publishing.refresh(titleIds),
    clock,
    log,
  })
  const publishing = await openPublishing({
    store: store.publishing,
    media,
    packages: packages.source,
    catalogue,
    sessions: { withdraw: (titleId) => void withdrawn.push(titleId) },
    nodes: () => nodes,
    onChange: () => {},
    deleted: async () => {},
    check: async (titleId, version) => void begun.push(`${titleId}@${version}`),
    clock,
    log,
  })
  const nameIn = (headers: Record<string, unknown>): Actor =>
    actors[String(headers['as'] ?? 'guest') as ActorName]
  const access = createAccess({
    account: async ({ headers }) => {
      const actor = nameIn(headers)
      return actor.kind === 'account' ? actor : null
    },
    key: async (name) => {
      const actor = actors[name.slice('nck_'.length) as ActorName]
      return actor.kind === 'key' ? actor : null
    },
    guest: async () => null,
  })
  const accounts = {
    access,
    ownKey: async () => ({ name: 'Ada' }) as never,
    view: async () => ({ account: { name: 'Ada' } }) as never,
  }
  const audited: string[] = []
  const note: Accounts['note'] = async (_asking, action) => void audited.push(action)
  const app = express()
  app.use('/api/orgs/:orgId', orgAudit({ access, note }))
  app.use('/api/orgs/:orgId/titles/:titleId/media', titleMediaRoutes(media, access))
  app.use('/media', mediaRoutes({ catalogue, publishing, media }))
  app.use('/api/orgs/:orgId/titles', publishingRoutes({ publishing, accounts }))
  app.use(answerErrors(log))
  const server = createServer(app).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo

  async function call(
    as: ActorName,
    method: string,
    path: string,
    body?: unknown,
    orgId = 'org',
  ): Promise<{ status: number; body: Record<string, unknown> }> {
    const who = actors[as].kind === 'key' ? { authorization: `Bearer nck_${as}` } : { as }
    const response = await request(who, method, path, body, orgId)
    const text = await response.text()
    const isJson = response.headers.get('content-type')?.startsWith('application/json;') === true
    return {
      status: response.status,
      body: (isJson ? JSON.parse(text) : { text }) as Record<string, unknown>,
    }
  }
  const request = (
    who: Record<string, string>,
    method: string,
    path: string,
    body: unknown,
    orgId: string,
  ): Promise<Response> =>
    fetch(`http://127.0.0.1:${port}/api/orgs/${orgId}/titles${path}`, {
      method,
      headers: { ...who, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })

  return {
    store,
    packages,
    catalogue,
    publishing,
    withdrawn,
    /** That are online. */
    nodes,
    media,
    blobs,
    /** What was noted of the organisation's doings. */
    audited,
    /** So much later. */
    pass(ms: number): void {
      nowMs += ms
    },
    url: `http://127.0.0.1:${port}`,
    /** Checks that were. */
    begun,
    call,
    /** As if a check had found this. */
    async checked(titleId: string, version: string, state: 'passed' | 'failed' = 'passed'): Promise<void> {
      await store.publishing.putCheck(titleId, version, { state, report: { atMs: 1, items: [] } })
    },
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
      await media.close()
      await store.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
