import { createHash } from 'node:crypto'
import path from 'node:path'
import { expect } from 'chai'
import { pino } from 'pino'
import { NearcadeError } from '../../../config/errors.ts'
import type { SessionState } from '../../../config/protocol/session.ts'
import type { Clock } from '../../../server/clock.ts'
import { openBlobFolder } from '../../../server/blobs/folder.ts'
import { createSaves, type Saves } from '../../../server/saves/saves.ts'
import { openPgliteStore } from '../../../server/store/pgliteStore.ts'
import type { Store, StoredSession } from '../../../server/store/store.ts'
import { tempFolder } from '../support/tempFolder.ts'

const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex')

describe('the last saves of a session', function () {
  this.timeout(60_000)
  let store: Store
  let folder: Awaited<ReturnType<typeof tempFolder>>
  let saves: Saves
  let nowMs: number
  let endedAtMs: number
  let isThere: boolean
  let term: number
  const sessions = new Map<string, StoredSession>()
  let number = 0

  before(async () => {
    store = await openPgliteStore(null)
  })
  after(() => store.close())
  beforeEach(async () => {
    folder = await tempFolder()
    number += 1
    nowMs = 1_000_000
    isThere = true
    const clock: Clock = { now: () => nowMs, monotonic: () => nowMs, after: () => () => {} }
    saves = createSaves({
      store: store.saves,
      blobs: await openBlobFolder(path.join(folder.path, 'saves')),
      liveSession: (id) => {
        const session = sessions.get(id)
        return session === undefined || session.state.kind === 'ended' ? null : session
      },
      findSession: async (id) => sessions.get(id) ?? null,
      isThere: () => isThere,
      clock,
      log: pino({ level: 'silent' }),
      maxBytes: 1000,
    })
    be('before', { kind: 'playing', nodeId: 'here', leaseId: 'before', fence: 1 })
    term = (await saves.open('here', `before-${number}`, { leaseId: 'before', fence: 1 })).term
    nowMs += 60_000
    endedAtMs = nowMs
    be('before', { kind: 'ended', reason: 'player-ended', detail: null, endedAtMs })
    be('next', { kind: 'starting', nodeId: 'there', leaseId: 'next', fence: 1 })
  })
  afterEach(() => folder.remove())

  /** No more of a session than saves look at. */
  function be(name: string, state: Partial<SessionState>): void {
    const session = { guestId: `guest-${number}`, titleId: 'title', state }
    sessions.set(`${name}-${number}`, session as unknown as StoredSession)
  }
  const next = (): Promise<string> =>
    saves.open('there', `next-${number}`, { leaseId: 'next', fence: 1 }).then(
      () => 'opened',
      (cause: unknown) => (cause instanceof NearcadeError ? cause.code : String(cause)),
    )
  const at = async (ms: number): Promise<string> => {
    nowMs = endedAtMs + ms
    return next()
  }
  function bring(text: string, until = Promise.resolve()): Promise<void> {
    async function* bytes(): AsyncIterable<Uint8Array> {
      yield Buffer.from(text)
      await until
    }
    return saves.write('here', `before-${number}`, term, hashOf(text), bytes(), text.length)
  }

  it('are waited for as long as some of them come', async () => {
    expect(await at(9000)).to.equal('saves-busy')
    await bring('one')
    nowMs = endedAtMs + 18_000
    await bring('two')
    expect(await at(27_000)).to.equal('saves-busy')
    expect(await at(28_000)).to.equal('opened')
  })

  it('are waited for while one is on its way, but not for ever', async () => {
    let arrive = (): void => {}
    const bringing = bring(
      'slow',
      new Promise((resolve) => {
        arrive = resolve
      }),
    )
    await bring('quick')
    expect(await at(119_000)).to.equal('saves-busy')
    expect(await at(120_000)).to.equal('opened')
    arrive()
    await bringing
  })

  it('are waited for no longer when their node is lost', async () => {
    isThere = false
    expect(await at(1)).to.equal('opened')
  })

  it('are waited for 10 s when nothing comes', async () => {
    expect(await at(9999)).to.equal('saves-busy')
    expect(await at(10_000)).to.equal('opened')
  })
})
