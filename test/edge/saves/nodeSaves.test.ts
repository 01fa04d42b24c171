import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect } from 'chai'
import type { NearcadeError } from '../../../config/errors.ts'
import type { SaveFile } from '../../../config/protocol/saves.ts'
import { systemClock } from '../../../edge/agent/nodeClock.ts'
import { createNodeSaves, type NodeSaves, type SavedSession } from '../../../edge/saves/nodeSaves.ts'
import type { RemoteSaves } from '../../../edge/saves/remote.ts'
import { Refusal } from '../../../edge/uplink/signedRequests.ts'

const hashOf = (text: string | Uint8Array): string => createHash('sha256').update(text).digest('hex')

/** A router of one home, which can be down, and notes what it was brought. */
function fakeRouter() {
  const chunks = new Map<string, Uint8Array>()
  const router = {
    term: 0,
    version: 0,
    files: [] as readonly SaveFile[],
    maxBytes: 10_000,
    /** Every request fails like this while it is there. */
    fault: null as Error | null,
    asked: 0,
    brought: [] as string[],
    left: 0,
    losesAnswers: false,
    /** Of what it was told. */
    steps: [] as number[],
    closed: 0,
    has(name: string, text: string): void {
      chunks.set(hashOf(text), Buffer.from(text))
      router.version += 1
      router.files = [{ path: name, mode: 0o600, size: text.length, mtimeMs: 9000, chunks: [hashOf(text)] }]
    },
    text(name: string): string | null {
      const sha256 = router.files.find((file) => file.path === name)?.chunks[0]
      return sha256 === undefined ? null : Buffer.from(chunks.get(sha256) ?? []).toString()
    },
    remote(): RemoteSaves {
      const check = (): void => {
        router.asked += 1
        if (router.fault !== null) throw router.fault
      }
      const mine = (term: number): void => {
        check()
        if (term !== router.term) throw new Refusal('saves-moved', [])
      }
      return {
        async open() {
          check()
          router.term += 1
          const { term, version, files, maxBytes } = router
          return { slot: 1, term, version, files: [...files], maxBytes }
        },
        async chunk(term, sha256) {
          mine(term)
          return chunks.get(sha256) ?? new Uint8Array()
        },
        async putChunk(term, sha256, bytes) {
          mine(term)
          expect(hashOf(bytes)).to.equal(sha256)
          router.brought.push(sha256)
          chunks.set(sha256, bytes)
        },
        async snapshot({ term, seq, files }) {
          mine(term)
          if (router.steps.at(-1) !== seq) router.steps.push(seq)
          const missing = files.flatMap((file) => file.chunks).filter((sha256) => !chunks.has(sha256))
          if (missing.length > 0) return { kind: 'missing', chunks: [...new Set(missing)] }
          router.version += 1
          router.files = files
          return { kind: 'kept', version: router.version }
        },
        async left(term, seq) {
          mine(term)
          router.steps.push(seq)
          router.left += 1
          if (router.losesAnswers) throw new Error('ECONNRESET')
        },
        async close(term) {
          mine(term)
          router.closed += 1
        },
      }
    },
  }
  return router
}

describe('the saves of a node', () => {
  let folder: string
  let router: ReturnType<typeof fakeRouter>
  let saves: NodeSaves
  let lease: number

  const start = (everyMs = 3_600_000, times: object = {}): NodeSaves =>
    createNodeSaves({
      dataDir: folder,
      everyMs,
      remote: () => router.remote(),
      clock: systemClock,
      log: { info() {}, warn() {} },
      times: { openMs: 400, patienceMs: 400, farewellMs: 2000, ...times },
    })
  const session = (): SavedSession => {
    lease += 1
    return { sessionId: 's', leaseId: `lease-${lease}`, fence: lease, guestId: 'g', titleId: 't' }
  }
  const until = async (what: string, test: () => boolean): Promise<void> => {
    const endMs = performance.now() + 10_000
    while (!test()) {
      if (performance.now() > endMs) throw new Error(`never: ${what}`)
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
  }
  const save = async (home: string, name: string, text: string): Promise<void> => {
    await mkdir(home, { recursive: true })
    await writeFile(path.join(home, name), text)
  }
  const homes = async (): Promise<readonly string[]> =>
    (await readdir(path.join(folder, 'homes', 'g'))).filter((name) => !name.endsWith('.json')).toSorted()

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'nearcade-saves-'))
    router = fakeRouter()
    lease = 0
    saves = start()
  })
  afterEach(async () => {
    router.fault = null
    await saves.close()
    await rm(folder, { recursive: true, force: true })
  })

  it('come to the router while the game runs, and at its end once more', async () => {
    await saves.close()
    saves = start(20)
    const { leaseId, ...rest } = session()
    const home = await saves.open({ leaseId, ...rest })
    await save(home, 'a', 'one')
    await until('a snapshot', () => router.text('a') === 'one')
    await save(home, 'a', 'three')
    await until('the next', () => router.text('a') === 'three')
    const { version } = router
    await save(home, 'b', 'last')
    saves.gone(leaseId)
    await until('the end', () => router.closed === 1)
    expect(router.text('b')).to.equal('last')
    expect(version).to.be.lessThan(router.version)
    expect(router.brought, 'each but once').to.deep.equal([...new Set(router.brought)])
    expect(await readdir(path.join(folder, 'saves-out')).catch(() => [])).to.deep.equal([])
  })

  it('are brought when the router is there again, and the game has noticed nothing', async () => {
    const one = session()
    const home = await saves.open(one)
    await save(home, 'a', 'one')
    router.fault = new Error('ECONNREFUSED')
    const before = router.asked
    saves.nudge(one.leaseId)
    await until('some attempts', () => router.asked >= before + 3)
    await save(home, 'a', 'two')
    saves.gone(one.leaseId)
    router.fault = null
    await until('the end', () => router.closed === 1)
    expect(router.text('a')).to.equal('two')
  })

  it('take no more room while they wait than they are, however often the game saves', async () => {
    const one = session()
    const home = await saves.open(one)
    router.fault = new Error('ECONNREFUSED')
    for (let at = 0; at < 5; at += 1) {
      await save(home, 'a', `text ${'+'.repeat(at)}`)
      const before = router.asked
      saves.nudge(one.leaseId)
      await until('an attempt', () => router.asked > before)
    }
    const copies = await readdir(path.join(folder, 'saves-out', one.leaseId))
    expect(copies.length).to.be.lessThan(3)
    router.fault = null
    saves.nudge(one.leaseId)
    await until('a snapshot', () => router.text('a') === 'text ++++')
  })

  it('are what the title means by them, where it says', async () => {
    const one = { ...session(), saves: ['slots/*'] }
    const home = await saves.open(one)
    await save(home, 'settings', 'loud')
    await mkdir(path.join(home, 'slots'))
    await save(home, 'slots/1', 'level 3')
    saves.gone(one.leaseId)
    await until('the end', () => router.closed === 1)
    expect(router.files.map((file) => file.path)).to.deep.equal(['slots/1'])
  })

  it('are in the home before the game is', async () => {
    router.has('a', 'from elsewhere')
    const home = await saves.open(session())
    expect(await readFile(path.join(home, 'a'), 'utf8')).to.equal('from elsewhere')
  })

  it('are waited for, and nothing starts without them', async () => {
    router.has('a', 'kept')
    router.fault = new Error('ECONNREFUSED')
    const failure = await saves.open(session()).catch((cause: unknown) => cause)
    expect((failure as NearcadeError).code).to.equal('saves-unavailable')
    router.fault = new Refusal('saves-busy', [])
    const opening = saves.open(session())
    await until('some attempts', () => router.asked > 5)
    router.fault = null
    expect(await readFile(path.join(await opening, 'a'), 'utf8')).to.equal('kept')
  })

  it('are waited for longer while they come in from the game before', async () => {
    await saves.close()
    saves = start(3_600_000, { openMs: 10_000, patienceMs: 1 })
    router.has('a', 'kept')
    router.fault = new Refusal('saves-busy', [])
    const opening = saves.open(session())
    await until('some attempts', () => router.asked > 3)
    router.fault = null
    expect(await readFile(path.join(await opening, 'a'), 'utf8')).to.equal('kept')
  })

  it('are asked for once only where the router refuses for good', async () => {
    router.fault = new Refusal('saves-moved', [])
    const failure = await saves.open(session()).catch((cause: unknown) => cause)
    expect((failure as NearcadeError).code).to.equal('saves-unavailable')
    expect(router.asked).to.equal(1)
  })

  it('go on from the home that is here after the node was killed, with what it had not sent', async () => {
    const one = session()
    const home = await saves.open(one)
    await save(home, 'a', 'sent')
    saves.nudge(one.leaseId)
    await until('a snapshot', () => router.text('a') === 'sent')
    await save(home, 'a', 'not sent')
    const killed = saves
    saves = start()
    expect(await readFile(path.join(await saves.open(session()), 'a'), 'utf8')).to.equal('not sent')
    await killed.close()
  })

  it('give way to newer ones, but what was never sent is put aside', async () => {
    const one = session()
    const home = await saves.open(one)
    await save(home, 'a', 'sent')
    saves.nudge(one.leaseId)
    await until('a snapshot', () => router.text('a') === 'sent')
    await save(home, 'a', 'not sent')
    router.term += 1
    router.has('a', 'from elsewhere')
    saves.nudge(one.leaseId)
    saves.gone(one.leaseId)
    const two = session()
    expect(await readFile(path.join(await saves.open(two), 'a'), 'utf8')).to.equal('from elsewhere')
    const [, aside = ''] = await homes()
    expect(await readFile(path.join(folder, 'homes', 'g', aside, 'a'), 'utf8')).to.equal('not sent')
    expect(router.text('a')).to.equal('from elsewhere')
    saves.gone(two.leaseId)
    await until('the end', () => router.closed === 1)
    router.has('a', 'again from elsewhere')
    await saves.open(session())
    expect(await homes(), 'what was sent is not').to.have.length(2)
  })

  it('that are too much stay, which is said once, and travel again when they are less', async () => {
    const one = session()
    const home = await saves.open(one)
    await save(home, 'a', 'x'.repeat(20_000))
    saves.nudge(one.leaseId)
    await until('a word', () => router.left === 1)
    saves.nudge(one.leaseId)
    await save(home, 'a', 'x')
    saves.nudge(one.leaseId)
    await until('a snapshot', () => router.text('a') === 'x')
    expect(router.left).to.equal(1)
  })

  it('travel again also when the answer that they stay was lost, as a step after that one', async () => {
    const one = session()
    const home = await saves.open(one)
    const nudged = async (text: string, isDone: () => boolean): Promise<void> => {
      await save(home, 'a', text)
      saves.nudge(one.leaseId)
      await until(text.slice(0, 3), isDone)
    }
    await nudged('x', () => router.text('a') === 'x')
    router.losesAnswers = true
    await nudged('y'.repeat(20_000), () => router.left === 1)
    await nudged('x', () => router.version === 2)
    expect(router.steps).to.deep.equal([1, 2, 3])
  })

  it('are never in the hands of two sessions of this node', async () => {
    const [one, two] = [session(), session()]
    const home = await saves.open(one)
    await save(home, 'a', 'one')
    const failure = await saves.open(two).catch((cause: unknown) => cause)
    expect(String(failure)).to.contain('still uses this home')
    const three = session()
    const opening = saves.open(three)
    saves.gone(one.leaseId)
    expect(await readFile(path.join(await opening, 'a'), 'utf8')).to.equal('one')
  })
})
