import { createHash, sign } from 'node:crypto'
import { once } from 'node:events'
import { utimes } from 'node:fs/promises'
import { type IncomingMessage, request as httpRequest } from 'node:http'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import { expect } from 'chai'
import { pino } from 'pino'
import { chunkBytes, maxSaveFiles, openedSaves, type OpenedSaves } from '../../../config/protocol/saves.ts'
import { nodeRequestText } from '../../../config/protocol/nodeRequest.ts'
import type { FakeNode, FakeSession, NodeKey } from '../support/fakeNode.ts'
import { connectNode, makeNodeKey } from '../support/fakeNode.ts'
import { type FakePlayer, newPlayer } from '../support/fakePlayer.ts'
import { systemClock } from '../../../server/clock.ts'
import type { Router } from '../../../server/router.ts'
import { openBlobFolder } from '../../../server/blobs/folder.ts'
import { createSaves } from '../../../server/saves/saves.ts'
import { openTestBed, type TestBed } from '../support/testRouter.ts'

const hashOf = (bytes: Uint8Array | string): string => createHash('sha256').update(bytes).digest('hex')

interface Answer {
  readonly status: number
  readonly code: string | null
  readonly body: Record<string, unknown>
  readonly bytes: Buffer
}

describe('saves at the router', function () {
  this.timeout(20_000)
  let bed: TestBed
  let router: Router
  let player: FakePlayer
  let node: FakeNode
  let session: FakeSession

  before(async () => {
    bed = await openTestBed()
    router = await bed.start({ savesMaxBytes: 1000, nodeLostMs: 2000, heartbeatMs: 300 })
  })
  after(() => bed.close())
  beforeEach(async () => {
    player = await newPlayer(router.port)
    node = await connectNode(router.port, { key: await bed.enrolledKey() })
    session = await begin(node)
  })
  afterEach(async () => {
    await player.request('DELETE', `/api/sessions/${session.sessionId}`)
    await node.close()
  })

  async function begin(on: FakeNode): Promise<FakeSession> {
    const creating = player.create()
    const begun = await on.runSession()
    await creating
    return begun
  }

  const headersFor = (method: string, address: string, hash: string, by: NodeKey) => {
    const signature = sign(null, Buffer.from(nodeRequestText('saves', method, address, hash)), by.privateKey)
    return {
      authorization: `Nearcade ${by.publicKey}.${signature.toString('base64url')}`,
      'x-content-sha256': hash,
    }
  }

  /** The answer to a request whose body never comes. */
  async function askWithoutBody(what: string, by: NodeKey): Promise<number | undefined> {
    const address = `/api/node/saves/${session.sessionId}/${what}`
    const asking = httpRequest(`http://127.0.0.1:${router.port}${address}`, {
      method: 'POST',
      headers: { ...headersFor('POST', address, hashOf('body'), by), 'content-length': 8_000_000 },
    })
    asking.flushHeaders()
    try {
      const [response] = (await once(asking, 'response', { signal: AbortSignal.timeout(1000) })) as [
        IncomingMessage,
      ]
      return response.statusCode
    } catch (cause) {
      if (cause instanceof Error && cause.name === 'AbortError') return undefined
      throw cause
    } finally {
      asking.on('error', () => {})
      asking.destroy()
    }
  }

  async function ask(
    method: string,
    what: string,
    body: object | string | null,
    {
      by = node.key,
      on = session,
      signed,
      ...change
    }: { by?: NodeKey; on?: FakeSession; signed?: string; [header: string]: unknown } = {},
  ): Promise<Answer> {
    const address = `/api/node/saves/${on.sessionId}/${what}`
    const text =
      body === null
        ? ''
        : typeof body === 'string'
          ? body
          : body instanceof Uint8Array
            ? new Uint8Array(body)
            : JSON.stringify(body)
    const response = await fetch(`http://127.0.0.1:${router.port}${address}`, {
      method,
      ...(body === null ? {} : { body: text }),
      headers: {
        ...headersFor(method, address, hashOf(signed ?? text), by),
        ...(change as Record<string, string>),
      },
    })
    const bytes = Buffer.from(await response.arrayBuffer())
    const isJson = response.headers.get('content-type')?.includes('json') === true
    const answer = isJson ? (JSON.parse(bytes.toString()) as Record<string, unknown>) : {}
    const error = answer['error'] as { code: string } | undefined
    return { status: response.status, code: error?.code ?? null, body: answer, bytes }
  }
  const leaseOf = ({ leaseId, fence }: FakeSession) => ({ leaseId, fence })
  async function open(on = session, by = node.key): Promise<OpenedSaves> {
    const { body } = await ask('POST', 'open', leaseOf(on), { on, by })
    return openedSaves.parse(body)
  }
  const file = (name: string, content: string, change: object = {}) => ({
    path: name,
    mode: 0o600,
    size: content.length,
    mtimeMs: 5,
    chunks: content === '' ? [] : [hashOf(content)],
    ...change,
  })
  const snapshot = (term: number, seq: number, files: readonly object[]) => ({
    term,
    seq,
    takenAtMs: 7,
    files,
  })
  async function keep(term: number, seq: number, contents: Record<string, string>): Promise<Answer> {
    for (const content of Object.values(contents))
      await ask('PUT', `chunks/${hashOf(content)}?term=${term}`, content)
    const files = Object.entries(contents).map(([name, content]) => file(name, content))
    return ask('POST', 'snapshot', snapshot(term, seq, files))
  }

  it('are handed to the node that brought them, chunk by chunk', async () => {
    const { term, slot, version, files } = await open()
    expect({ slot, version, files }).to.deep.equal({ slot: 1, version: 0, files: [] })
    const first = snapshot(term, 1, [file('a', 'one'), file('empty', '')])
    expect((await ask('POST', 'snapshot', first)).body).to.deep.equal({
      kind: 'missing',
      chunks: [hashOf('one')],
    })
    expect((await ask('PUT', `chunks/${hashOf('one')}?term=${term}`, 'one')).status).to.equal(200)
    expect((await ask('POST', 'snapshot', first)).body).to.deep.equal({ kind: 'kept', version: 1 })
    expect((await ask('POST', 'snapshot', first)).body, 'repeated').to.deep.equal({
      kind: 'kept',
      version: 1,
    })
    const again = await open()
    expect(again).to.deep.include({ term, version: 1, files: first.files })
    expect((await ask('GET', `chunks/${hashOf('one')}?term=${term}`, null)).bytes.toString()).to.equal('one')
  })

  it('go to the next session, wherever it is, and its node cannot read more than them', async () => {
    const { term } = await open()
    await keep(term, 1, { a: 'for the next' })
    await ask('POST', 'close', { term })
    await player.request('DELETE', `/api/sessions/${session.sessionId}`)
    const other = await connectNode(router.port, { key: await bed.enrolledKey() })
    node.status({ draining: true })
    const next = await begin(other)
    const opened = await open(next, other.key)
    expect(opened).to.deep.include({ slot: 1, term: term + 1, version: 1 })
    const by = { by: other.key, on: next }
    const chunk = (content: string) => ask('GET', `chunks/${hashOf(content)}?term=${opened.term}`, null, by)
    expect((await chunk('for the next')).status).to.equal(200)
    expect((await chunk('one')).code, 'of another guest').to.equal('not-found')
    await player.request('DELETE', `/api/sessions/${next.sessionId}`)
    await other.close()
  })

  it('are not opened by another while the last of them are on their way', async () => {
    const { term } = await open()
    await player.request('DELETE', `/api/sessions/${session.sessionId}`)
    const other = await connectNode(router.port, { key: await bed.enrolledKey() })
    const next = await begin(other)
    const opening = () => ask('POST', 'open', leaseOf(next), { by: other.key, on: next })
    expect((await opening()).code).to.equal('saves-busy')
    expect((await keep(term, 1, { last: 'last words' })).body, 'its own node may').to.deep.equal({
      kind: 'kept',
      version: 1,
    })
    expect((await opening()).code).to.equal('saves-busy')
    await ask('POST', 'close', { term })
    expect((await opening()).body).to.deep.include({ term: term + 1, version: 1 })
    expect((await ask('POST', 'close', { term })).code, 'late').to.equal('saves-moved')
    await player.request('DELETE', `/api/sessions/${next.sessionId}`)
    await other.close()
  })

  it('are waited for no longer when their node is lost', async () => {
    await open()
    await player.request('DELETE', `/api/sessions/${session.sessionId}`)
    await node.close()
    const other = await connectNode(router.port, { key: await bed.enrolledKey() })
    const next = await begin(other)
    const opening = () => ask('POST', 'open', leaseOf(next), { by: other.key, on: next })
    const beganMs = performance.now()
    while ((await opening()).code === 'saves-busy') await new Promise((resolve) => setTimeout(resolve, 20))
    expect(performance.now() - beganMs).to.be.lessThan(5000)
    await player.request('DELETE', `/api/sessions/${next.sessionId}`)
    await other.close()
  })

  it('of a second game at the same time are others', async () => {
    await open()
    const second = await begin(node)
    expect((await open(second)).slot).to.equal(2)
    await player.request('DELETE', `/api/sessions/${second.sessionId}`)
  })

  describe('are refused', () => {
    it('to whoever does not hold the lease', async () => {
      const { term } = await open()
      const stranger = makeNodeKey()
      const [by, theirs] = [await bed.enrolledKey(), { leaseId: 'other', fence: session.fence }]
      const codes = [
        await ask('POST', 'open', leaseOf(session), { by }),
        await ask('POST', 'open', leaseOf(session), { by: stranger }),
        await ask('POST', 'open', theirs),
        await ask('POST', 'open', { ...leaseOf(session), fence: session.fence - 1 }),
        await ask('POST', 'snapshot', snapshot(term, 1, []), { by }),
        await ask('POST', 'snapshot', snapshot(term + 1, 1, [])),
        await ask('GET', `chunks/${hashOf('x')}?term=${term}`, null, { by }),
        await ask('PUT', `chunks/${hashOf('x')}?term=${term}`, 'x', { by }),
        await ask('POST', 'left', { term, seq: 1 }, { by }),
        await ask('POST', 'close', { term }, { by }),
      ].map(({ code }) => code)
      expect(codes).to.deep.equal(codes.map(() => 'saves-moved'))
    })

    it('before their body is read where the node has nothing to do with the session', async () => {
      await open()
      const strangers = [makeNodeKey(), await bed.enrolledKey()]
      for (const by of strangers)
        for (const what of ['open', 'snapshot', 'left', 'close'])
          expect(await askWithoutBody(what, by), what).to.equal(409)
      expect(await askWithoutBody('snapshot', node.key), 'its own node is read').to.equal(undefined)
      const long = await ask('POST', 'left', { term: 1, more: 'x'.repeat(5000) })
      expect(long.code, 'but not for more than a few fields').to.equal('message-too-large')
    })

    it('to strangers of one address, however many keys they make', async () => {
      const stranger = await bed.start({}, { ...systemClock, now: () => 1 })
      const asked = Array.from({ length: 300 }, async () => {
        const address = '/api/node/saves/none/close'
        const { status } = await fetch(`http://127.0.0.1:${stranger.port}${address}`, {
          method: 'POST',
          body: '{}',
          headers: headersFor('POST', address, hashOf('{}'), makeNodeKey()),
        })
        return status
      })
      const statuses = await Promise.all(asked)
      expect(statuses.filter((status) => status === 409)).to.have.length(200)
      expect(statuses.filter((status) => status === 429)).to.have.length(100)
      await stranger.close()
    })

    it('packed, since nobody knows what comes out', async () => {
      const { term } = await open()
      const packed = (signed: string) =>
        ask('POST', 'snapshot', gzipSync(signed), { signed, 'content-encoding': 'gzip' })
      expect((await packed(' '.repeat(50_000_000))).code, 'a bomb').to.equal('bad-request')
      expect((await packed(JSON.stringify(snapshot(term, 1, [])))).code).to.equal('bad-request')
    })

    it('quickly, however much is wrong with them', async () => {
      const { term } = await open()
      const many = (entry: unknown) => Array(400_000).fill(entry) as object[]
      const wrong = [
        snapshot(term, 1, [file('a', '', { chunks: many(0) })]),
        snapshot(term, 1, many(0)),
        snapshot(term, 1, Array(4000).fill({ chunks: Array(100).fill(0) }) as object[]),
      ]
      for (const body of wrong) {
        const beganMs = performance.now()
        expect(await ask('POST', 'snapshot', body)).to.deep.include({ status: 400, code: 'bad-request' })
        expect(performance.now() - beganMs).to.be.lessThan(1000)
      }
    })

    it('to who did not sign the very request', async () => {
      const { term } = await open()
      const header = async (change: object) =>
        (await ask('POST', 'left', { term, seq: 1 }, { ...change })).code
      const signature = Buffer.alloc(64).toString('base64url')
      expect(await header({ authorization: '' })).to.equal('node-not-known')
      expect(await header({ authorization: `Nearcade ${node.key.publicKey}.${signature}` })).to.equal(
        'node-not-known',
      )
      expect(await header({ 'x-content-sha256': hashOf('other') })).to.equal('node-not-known')
      const right = nodeRequestText(
        'saves',
        'POST',
        `/api/node/saves/${session.sessionId}/close`,
        hashOf('{}'),
      )
      const moved = sign(null, Buffer.from(right), node.key.privateKey).toString('base64url')
      expect(await header({ authorization: `Nearcade ${node.key.publicKey}.${moved}` })).to.equal(
        'node-not-known',
      )
    })

    it('from a node that comes back after they have gone on elsewhere', async () => {
      const { term } = await open()
      await keep(term, 1, { a: 'before' })
      const late = snapshot(term, 2, [file('a', 'before')])
      expect(session.state.kind).to.equal('reserved')
      await player.request('DELETE', `/api/sessions/${session.sessionId}`)
      await ask('POST', 'close', { term })
      const next = await begin(node)
      const opened = await open(next)
      await ask('POST', 'snapshot', snapshot(opened.term, 1, []), { on: next })
      expect((await ask('POST', 'snapshot', late)).code).to.equal('saves-moved')
      expect((await ask('GET', `chunks/${hashOf('before')}?term=${term}`, null)).code).to.equal('saves-moved')
      expect(await open(next)).to.deep.include({ version: 2, files: [] })
      await player.request('DELETE', `/api/sessions/${next.sessionId}`)
    })

    it('as words of being left behind that come after they are not any more', async () => {
      const { term } = await open()
      const isLeft = async () => (await bed.store.saves.ofSession(session.sessionId))?.leftBehind
      const leave = () => ask('POST', 'left', { term, seq: 1 })
      expect((await leave()).status).to.equal(200)
      expect(await isLeft()).to.equal(true)
      await keep(term, 2, { a: 'less' })
      expect((await leave()).status).to.equal(200)
      expect(await isLeft()).to.equal(false)
    })

    it('as a snapshot that is older than the last', async () => {
      const { term } = await open()
      await keep(term, 1, { a: 'one' })
      await keep(term, 2, { a: 'two' })
      expect((await keep(term, 1, { a: 'one' })).code).to.equal('saves-moved')
      expect(await open()).to.deep.include({ version: 2, files: [file('a', 'two')] })
    })

    it('as bytes that are not what they are called, or of whom nobody has more than the name', async () => {
      const { term } = await open()
      const put = (name: string, content: string) => ask('PUT', `chunks/${name}?term=${term}`, content)
      expect((await put(hashOf('other'), 'bytes')).code).to.equal('saves-refused')
      expect((await put('..%2F..%2Fetc', 'bytes')).code).to.equal('bad-request')
      expect(
        (await put(hashOf(Buffer.alloc(chunkBytes + 1, 'x')), 'x'.repeat(chunkBytes + 1)).catch(() => null))
          ?.code ?? 'cut off',
      ).to.be.oneOf(['message-too-large', 'cut off'])
      await put(hashOf('bytes'), 'bytes')
      const stolen = snapshot(term, 1, [file('a', 'for the next')])
      expect((await ask('POST', 'snapshot', stolen)).body['kind']).to.equal('missing')
    })

    const hostile: readonly [string, readonly object[], string][] = [
      ['a path that goes up', [file('../up', '')], 'bad-request'],
      ['a path from the root', [file('/etc/cron.d/x', '')], 'bad-request'],
      ['a path with an empty step', [file('a//b', '')], 'bad-request'],
      ['a path with a zero', [file('a\0b', '')], 'bad-request'],
      ['a set-uid file', [file('a', '', { mode: 0o4755 })], 'bad-request'],
      ['a link', [file('a', '', { link: '/etc' })], 'bad-request'],
      ['a file without a time', [file('a', '', { mtimeMs: -1 })], 'bad-request'],
      ['a negative size', [file('a', '', { size: -1 })], 'bad-request'],
      ['chunks by another name', [file('a', '', { size: 1, chunks: ['../../x'] })], 'bad-request'],
      ['the same file twice', [file('a', ''), file('a', '')], 'saves-refused'],
      ['a file that is a folder too', [file('a', ''), file('a/b', '')], 'saves-refused'],
      ['chunks that its size does not have', [file('a', '', { chunks: [hashOf('x')] })], 'saves-refused'],
      ['more than may travel', [file('a', 'x'.repeat(1001))], 'saves-refused'],
      [
        'too many files',
        Array.from({ length: maxSaveFiles + 1 }, (_, at) => file(`f${at}`, '')),
        'bad-request',
      ],
    ]
    it('whole, when one thing in a list is wrong', async () => {
      const { term } = await open()
      await keep(term, 1, { good: 'good' })
      for (const [what, files, code] of hostile) {
        const answer = await ask('POST', 'snapshot', snapshot(term, 2, [file('good', 'good'), ...files]))
        expect(answer.code, what).to.equal(code)
      }
      expect(await open()).to.deep.include({ version: 1, files: [file('good', 'good')] })
    })
  })

  it('are kept three snapshots deep; what no kept one needs is swept away, but not what has just come', async () => {
    const { term } = await open()
    const texts = ['first', 'second', 'third', 'fourth']
    for (const [at, content] of texts.entries()) await keep(term, at + 1, { a: content, b: 'always' })
    const chunk = async (content: string) =>
      (await ask('GET', `chunks/${hashOf(content)}?term=${term}`, null)).status
    expect(await Promise.all(texts.map(chunk))).to.deep.equal([404, 200, 200, 200])
    expect(await chunk('always')).to.equal(200)
    expect([...(await bed.store.saves.needed([...texts, 'always'].map(hashOf)))].toSorted()).to.deep.equal(
      ['second', 'third', 'fourth', 'always'].map(hashOf).toSorted(),
    )
    await ask('PUT', `chunks/${hashOf('new')}?term=${term}`, 'new')
    const folder = path.join(bed.folder, 'data', 'saves')
    for (const sha256 of [...texts, 'always'].map(hashOf))
      await utimes(path.join(folder, sha256.slice(0, 2), sha256), 1, 1)
    const blobs = await openBlobFolder(folder)
    const saves = createSaves({
      store: bed.store.saves,
      blobs,
      liveSession: () => null,
      findSession: async () => null,
      isThere: () => true,
      clock: systemClock,
      log: pino({ level: 'silent' }),
      maxBytes: 1000,
    })
    expect(await saves.sweep()).to.equal(1)
    const isThere = (content: string) => blobs.has(hashOf(content))
    expect(await Promise.all([...texts, 'always', 'new'].map(isThere))).to.deep.equal([
      false,
      true,
      true,
      true,
      true,
      true,
    ])
  })
})
