import { once } from 'node:events'
import { createServer, type IncomingMessage, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { expect } from 'chai'
import express from 'express'
import { NearcadeError } from '../../../config/errors.ts'
import { packageChunkBytes } from '../../../config/protocol/package.ts'
import { frameHead, maxFrameBodyBytes } from '../../../config/protocol/packageFrames.ts'
import { openBlobFolder } from '../../../server/blobs/folder.ts'
import { systemClock } from '../../../server/clock.ts'
import { answerErrors } from '../../../server/http/errors.ts'
import { uploadRoutes } from '../../../server/http/uploads.ts'
import { openLog } from '../../../server/log.ts'
import { openPackages, type Packages } from '../../../server/packages/packages.ts'
import { createContentThread } from '../../../server/packages/thread/openThread.ts'
import { openPgliteStore } from '../../../server/store/pgliteStore.ts'
import type { Store } from '../../../server/store/store.ts'
import { tempFolder } from '../support/tempFolder.ts'
import { framesOf, hashOf, randomBytesOf, treeFrom } from './support/builds.ts'

describe('uploads over HTTP', function () {
  this.timeout(60_000)
  let store: Store
  let folder: Awaited<ReturnType<typeof tempFolder>>
  let packages: Packages
  let server: Server
  let url: string
  const thread = createContentThread()
  before(async () => {
    store = await openPgliteStore(null)
    folder = await tempFolder()
    const log = openLog('silent')
    const blobs = await openBlobFolder(folder.path)
    packages = await openPackages({
      store: store.packages,
      blobs,
      clock: systemClock,
      log,
      thread,
      maxBytes: 2 ** 30,
    })
    const app = express()
    const access = {
      async demand({ headers }: { headers: { authorization?: string } }, orgId: string, right: string) {
        if (headers.authorization === undefined) throw new NearcadeError('sign-in-needed')
        if (headers.authorization !== `Bearer nck_${orgId}`) throw new NearcadeError('no-such-organisation')
        return { kind: 'key', keyId: 'k', orgId, scopes: [right] } as never
      },
    }
    app.use('/api/orgs/:orgId/uploads', uploadRoutes(packages, access, systemClock))
    app.use(answerErrors(log))
    server = createServer(app).listen(0, '127.0.0.1')
    await once(server, 'listening')
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/orgs/mine/uploads`
  })
  after(async () => {
    server.closeAllConnections()
    server.close()
    await packages.close()
    await thread.close()
    await store.close()
    await folder.remove()
  })

  type Answer = {
    readonly status: number
    readonly body: Record<string, unknown> & { readonly error?: { readonly code: string } }
  }
  async function ask(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    const isStream = body instanceof Readable
    const answer = await fetch(`${url}${path}`, {
      method,
      headers: {
        authorization: 'Bearer nck_mine',
        ...(isStream ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined
        ? {}
        : isStream
          ? { body: Readable.toWeb(body) as never, duplex: 'half' }
          : { body: JSON.stringify(body) }),
    } as RequestInit)
    return { status: answer.status, body: (await answer.json()) as Answer['body'] }
  }
  const build = (seed: number, bytes = 3 * packageChunkBytes) =>
    treeFrom({ 'nearcade.title.json': Buffer.from('{}'), game: randomBytesOf(seed, bytes) })

  it('bring a build, chunk by chunk and side by side, and say what is missing', async () => {
    const made = build(1)
    const begun = await ask('POST', '', { kind: 'tree', tree: made.tree })
    expect([begun.status, begun.body['state']]).to.deep.equal([201, 'receiving'])
    const id = String(begun.body['uploadId'])
    const bodies = [...made.chunks].map(([sha256, bytes]) =>
      Readable.from(framesOf(new Map([[sha256, bytes]]))),
    )
    const sent = await Promise.all(bodies.map((body) => ask('PUT', `/${id}/chunks`, body)))
    expect(Math.min(...sent.map(({ body }) => Number(body['missingBytes'])))).to.equal(0)
    expect((await ask('GET', `/${id}`)).body).to.deep.include({
      state: 'receiving',
      missing: [],
      missingBytes: 0,
    })
    const done = await ask('POST', `/${id}/finish`)
    expect([done.status, done.body['state']]).to.deep.equal([200, 'done'])
    const again = await ask('POST', '', { kind: 'tree', tree: made.tree })
    expect([again.status, again.body['treeId']]).to.deep.equal([200, done.body['treeId']])
  })

  it('let in nobody without the right, whatever they ask, and tell strangers nothing', async () => {
    const { body } = await ask('POST', '', { kind: 'tree', tree: build(2).tree })
    const calls = [
      ['GET', ''],
      ['DELETE', ''],
      ['POST', '/finish'],
      ['PUT', '/chunks'],
    ] as const
    for (const [method, path] of calls) {
      const stranger = await ask(method, `/${String(body['uploadId'])}${path}`, undefined, {
        authorization: 'Bearer nck_other',
      })
      expect([stranger.status, stranger.body.error?.code]).to.deep.equal([404, 'no-such-organisation'])
    }
    const page = await ask(
      'POST',
      '',
      { kind: 'tree', tree: build(2).tree },
      { origin: 'https://elsewhere.example' },
    )
    expect(page.body.error?.code).to.equal('cross-origin')
    expect((await ask('GET', '/none')).body.error?.code).to.equal('upload-not-found')
    expect((await ask('POST', `/${String(body['uploadId'])}/finish`)).body.error?.code).to.equal(
      'upload-incomplete',
    )
    expect((await ask('DELETE', `/${String(body['uploadId'])}`)).status).to.equal(200)
    expect((await ask('GET', `/${String(body['uploadId'])}`)).status).to.equal(404)
  })

  const refusals: readonly (readonly [string, unknown, string])[] = [
    ['nothing', {}, 'bad-request'],
    [
      'a tree that leads out',
      {
        kind: 'tree',
        tree: { files: [{ path: '../x', size: 0, executable: false, chunks: [] }], links: [] },
      },
      'bad-request',
    ],
    ['a tree without a manifest', { kind: 'tree', tree: { files: [], links: [] } }, 'package-refused'],
    [
      'a link that leads out',
      { kind: 'tree', tree: { ...build(3).tree, links: [{ path: 'out', target: '../../etc' }] } },
      'package-refused',
    ],
    ['zstd', { kind: 'archive', name: 'game.tar.zst', size: 1, chunks: [hashOf('x')] }, 'package-refused'],
    [
      'another kind of archive',
      { kind: 'archive', name: 'game.rar', size: 1, chunks: [hashOf('x')] },
      'package-refused',
    ],
    [
      'more than there is room for',
      { kind: 'archive', name: 'a.zip', size: 2 ** 40, chunks: [hashOf('x')] },
      'package-refused',
    ],
  ]
  for (const [what, body, code] of refusals)
    it(`refuse ${what}`, async () => {
      expect((await ask('POST', '', body)).body.error?.code).to.equal(code)
    })

  it('take one list of files at a time of an organisation, and say when to ask again', async () => {
    const ask = { headers: { authorization: 'Bearer nck_mine', 'content-type': 'application/json' } }
    const slow = request(url, { headers: { ...ask.headers, 'content-length': 2 }, method: 'POST' })
    slow.on('error', () => {})
    slow.write('{')
    for (;;) {
      const answer = await fetch(url, { ...ask, method: 'POST', body: '{}' })
      const { error } = (await answer.json()) as Answer['body']
      if (error?.code !== 'uploads-busy') continue
      expect([answer.status, Number(answer.headers.get('retry-after'))]).to.deep.equal([429, 5])
      break
    }
    slow.end('}')
    const [answer] = (await once(slow, 'response')) as [IncomingMessage]
    answer.resume()
    expect(answer.statusCode).to.equal(400)
  })

  it('take long lists of files now and then alone', async () => {
    const long = { kind: 'none', padding: ' '.repeat(1024 * 1024) }
    const codes: (string | undefined)[] = []
    for (let times = 0; times < 5; times += 1) codes.push((await ask('POST', '', long)).body.error?.code)
    expect(codes).to.deep.equal([...Array.from({ length: 4 }, () => 'bad-request'), 'uploads-busy'])
    expect((await ask('POST', '', {})).body.error?.code).to.equal('bad-request')
  })

  it('refuse bodies that are too large, no frames, or break off', async () => {
    const made = build(4)
    const id = String((await ask('POST', '', { kind: 'tree', tree: made.tree })).body['uploadId'])
    const put = async (bytes: Iterable<Uint8Array>): Promise<string | undefined> =>
      (await ask('PUT', `/${id}/chunks`, Readable.from(bytes))).body.error?.code
    const [first] = made.chunks
    expect(await put([frameHead(first?.[0] ?? '', 100), Buffer.alloc(50)])).to.equal('bad-request')
    expect(await put([frameHead(first?.[0] ?? '', 0)])).to.equal('bad-request')
    expect(await put([Buffer.from('not frames at all, but long enough to be read as a head')])).to.equal(
      'bad-request',
    )
    expect((await ask('PUT', `/${id}/chunks`, undefined, { 'content-length': '0' })).body).to.have.property(
      'missingBytes',
    )
    const long = Readable.from(framesOf(new Map([...made.chunks].slice(0, 1))))
    expect(maxFrameBodyBytes).to.be.greaterThan(packageChunkBytes)
    expect((await ask('PUT', `/${id}/chunks`, long)).status).to.equal(200)
  })
})
