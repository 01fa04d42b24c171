import { createHash, sign } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect } from 'chai'
import express from 'express'
import { type NodePurpose, nodeRequestText } from '../../../config/protocol/nodeRequest.ts'
import { packageChunkBytes, treeText } from '../../../config/protocol/package.ts'
import { createFrameReader } from '../../../config/protocol/packageFrames.ts'
import { nodeIdOf } from '../../../server/fleet/identity.ts'
import { systemClock } from '../../../server/clock.ts'
import { answerErrors } from '../../../server/http/errors.ts'
import { nodePackageRoutes } from '../../../server/http/nodePackages.ts'
import { openLog } from '../../../server/log.ts'
import { pack, noise } from '../../edge/packages/packages.ts'
import { treeSource } from './support/treeSource.ts'
import { makeNodeKey, type NodeKey } from '../support/fakeNode.ts'

const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex')

describe('what nodes read of packages', () => {
  const game = pack('game', '1.0.0', { level: noise(packageChunkBytes + 10, 'level') })
  const large = pack('large', '1.0.0', { level: noise(17 * packageChunkBytes, 'large') })
  const secret = pack('secret', '1.0.0', { secret: noise(10, 'secret') })
  const gone = pack('gone', '1.0.0', { gone: noise(10, 'gone') })
  const all = [game, large, secret, gone]
  const node = makeNodeKey()
  const stranger = makeNodeKey()
  let server: Server
  let url: string
  let asked: string[]

  beforeEach(async () => {
    asked = []
    const app = express()
    const idOf = ({ publicKey }: NodeKey): string => nodeIdOf(Buffer.from(publicKey, 'base64url'))
    app.use(
      '/api/node/packages',
      nodePackageRoutes({
        packages: {
          ...treeSource((treeId) => all.find((one) => one.treeId === treeId)?.tree),
          async readChunk(hash) {
            asked.push(hash)
            const bytes = [game, large, secret].flatMap(({ chunks }) => chunks.get(hash) ?? [])[0]
            return bytes === undefined ? null : { size: bytes.length, bytes: chunksOf(bytes) }
          },
        },
        fleet: {
          hasNotLost: (nodeId) => nodeId === idOf(node),
          mayRead: (nodeId, treeId) => nodeId === idOf(node) && treeId !== secret.treeId,
        },
        clock: systemClock,
      }),
    )
    app.use(answerErrors(openLog('silent')))
    server = createServer(app).listen(0, '127.0.0.1')
    await once(server, 'listening')
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  })
  afterEach(async () => {
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  })

  interface Ask {
    readonly body?: string
    readonly by?: NodeKey
    readonly purpose?: NodePurpose
    readonly signed?: string
  }
  const ask = (
    what: string,
    { body, by = node, purpose = 'packages', signed }: Ask = {},
  ): Promise<Response> => {
    const method = body === undefined ? 'GET' : 'POST'
    const path = `/api/node/packages/${what}`
    const hash = hashOf(signed ?? body ?? '')
    const signature = sign(null, Buffer.from(nodeRequestText(purpose, method, path, hash)), by.privateKey)
    return fetch(`${url}${path}`, {
      method,
      headers: {
        authorization: `Nearcade ${by.publicKey}.${signature.toString('base64url')}`,
        'x-content-sha256': hash,
      },
      ...(body === undefined ? {} : { body }),
    })
  }
  const codeOf = async (response: Response): Promise<string> =>
    ((await response.json()) as { error: { code: string } }).error.code
  const chunks = (treeId: string, hashes: readonly string[]): string => JSON.stringify({ treeId, hashes })

  it('are the tree as it is named, and its chunks once each in the order of the request', async () => {
    const tree = await ask(game.treeId)
    expect(await tree.text()).to.equal(treeText(game.tree))
    const hashes = [...game.chunks.keys()].toReversed()
    const answer = await ask('chunks', { body: chunks(game.treeId, [...hashes, ...hashes]) })
    const body = Buffer.from(await answer.arrayBuffer())
    expect(answer.headers.get('content-length')).to.equal(String(body.length))
    const frames = createFrameReader().push(body)
    expect(frames.map(({ sha256 }) => sha256)).to.deep.equal(hashes)
    for (const { sha256, bytes } of frames)
      expect(game.chunks.get(sha256)?.equals(bytes), sha256).to.equal(true)
  })

  it('are for nodes that are enrolled, by their signature of the very request', async () => {
    const bare = await fetch(`${url}/api/node/packages/${game.treeId}`)
    expect(await codeOf(bare)).to.equal('node-not-known')
    expect(await codeOf(await ask(game.treeId, { by: stranger }))).to.equal('node-not-known')
    expect(await codeOf(await ask(game.treeId, { purpose: 'saves' }))).to.equal('node-not-known')
    const body = chunks(game.treeId, [])
    expect(await codeOf(await ask('chunks', { body, by: stranger }))).to.equal('node-not-known')
    expect(await codeOf(await ask('chunks', { body, signed: '' }))).to.equal('bad-request')
  })

  it('are those that the node was told to have: of others it does not learn whether they are there', async () => {
    const [hash = ''] = secret.chunks.keys()
    for (const treeId of [secret.treeId, '0'.repeat(64), 'x', '..%2f..%2fsaves']) {
      const answer = await ask(treeId)
      expect([answer.status, await codeOf(answer)]).to.deep.equal([404, 'package-not-found'])
    }
    expect(await codeOf(await ask('chunks', { body: chunks(secret.treeId, [hash]) }))).to.equal(
      'package-not-found',
    )
    // Nor by way of a tree that it may read.
    expect(await codeOf(await ask('chunks', { body: chunks(game.treeId, [hash]) }))).to.equal('bad-request')
    expect(asked).to.deep.equal([])
  })

  it('are no more at once than one body may have', async () => {
    const answer = await ask('chunks', { body: chunks(large.treeId, [...large.chunks.keys()]) })
    expect(await codeOf(answer)).to.equal('message-too-large')
    const many = Array.from({ length: 4097 }, (_, i) => hashOf(String(i)))
    expect(await codeOf(await ask('chunks', { body: chunks(large.treeId, many) }))).to.equal('bad-request')
    expect(asked).to.deep.equal([])
  })

  it('break off where a chunk cannot be read, so that nobody takes the rest for it', async () => {
    const hashes = [...gone.chunks.keys()]
    const answer = await ask('chunks', { body: chunks(gone.treeId, hashes) }).then(
      (response) =>
        response.arrayBuffer().then(
          () => 'whole',
          () => 'broken',
        ),
      () => 'broken',
    )
    expect(answer).to.equal('broken')
  })

  it('are bounded for strangers of one address, and not for nodes that are known', async () => {
    await ask(game.treeId)
    const codes = new Set<string>()
    for (let i = 0; i < 260; i += 1) codes.add(await codeOf(await ask(game.treeId, { by: stranger })))
    expect([...codes]).to.include('too-many-requests')
    expect((await ask(game.treeId)).status).to.equal(200)
  })
})

async function* chunksOf(bytes: Buffer): AsyncIterable<Uint8Array> {
  yield bytes
}
