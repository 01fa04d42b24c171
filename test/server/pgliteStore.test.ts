import { fork } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import { lockFolder } from '../../server/store/folderLock.ts'
import { migrate } from '../../server/store/migrate.ts'
import { openPgliteStore } from '../../server/store/pgliteStore.ts'
import { openPgliteThread } from '../../server/store/pgliteThread.ts'
import { sessionOf, storeContract } from './store.contract.ts'
import { tempFolder } from './support/tempFolder.ts'

storeContract('PGlite in memory', () => openPgliteStore(null))

describe('PGlite on disk', () => {
  let folder: Awaited<ReturnType<typeof tempFolder>>
  before(async () => {
    folder = await tempFolder()
  })
  after(() => folder.remove())

  storeContract('PGlite in a folder', () => openPgliteStore(path.join(folder.path, 'contract')))

  it('finds after reopening what was there before', async () => {
    const where = path.join(folder.path, 'reopened')
    const session = sessionOf('guest')
    const first = await openPgliteStore(where)
    await first.guests.seen('guest', 1)
    await first.sessions.create(session, 1)
    await first.close()
    const second = await openPgliteStore(where)
    expect(await second.sessions.find(session.id)).to.deep.include(session)
    await second.close()
  })

  it('loses nothing that was acknowledged when its process is killed', async function () {
    this.timeout(60_000)
    const where = path.join(folder.path, 'killed')
    const writer = fork(fileURLToPath(new URL('./support/storeWriter.ts', import.meta.url)), [where], {
      execArgv: ['--import', 'tsx'],
    })
    const exited = once(writer, 'exit')
    const acknowledged: string[] = []
    writer.on('message', (id) => {
      acknowledged.push(String(id))
      if (acknowledged.length === 25) writer.kill('SIGKILL')
    })
    await exited
    const store = await openPgliteStore(where)
    const found = await Promise.all(acknowledged.map((id) => store.sessions.find(id)))
    await store.close()
    expect(acknowledged).to.have.length.of.at.least(25)
    expect(found).not.to.include(null)
  })

  it('is made anew when the first start was killed half-way', async () => {
    const where = path.join(folder.path, 'half-made')
    await mkdir(path.join(where, 'pglite.new', 'base'), { recursive: true })
    await writeFile(path.join(where, 'pglite.new', 'PG_VERSION'), '1')
    const store = await openPgliteStore(where)
    await store.guests.seen('guest', 1)
    await store.close()
    expect((await readdir(where)).sort()).to.deep.equal(['pglite'])
  })

  it('is refused to a second opener, and free after the first has closed', async () => {
    const where = path.join(folder.path, 'locked')
    const store = await openPgliteStore(where)
    const failure = await openPgliteStore(where).catch((cause: unknown) => cause)
    expect(String(failure)).to.contain(`in use by process ${process.pid}`)
    await store.close()
    await (await openPgliteStore(where)).close()
  })

  it('shows its lock whole or not at all, so that no other starter takes it for a dead one', async () => {
    const where = path.join(folder.path, 'contended')
    const seen = new Set<string>()
    for (let round = 0; round < 30; round += 1) {
      let isLocked = false
      const locking = lockFolder(where).finally(() => {
        isLocked = true
      })
      while (!isLocked) {
        if (existsSync(path.join(where, 'lock'))) seen.add(readFileSync(path.join(where, 'lock'), 'utf8'))
        await setImmediate()
      }
      await (await locking).release()
    }
    expect([...seen]).not.to.include('')
    expect(await readdir(where)).to.deep.equal([])
  })

  it('can be opened after the owner of its lock was killed and its number given to another', async () => {
    const where = path.join(folder.path, 'left-over')
    await (await openPgliteStore(where)).close()
    await writeFile(path.join(where, 'lock'), `${process.pid} 1`)
    await (await openPgliteStore(where)).close()
  })
})

describe('the plans that PGlite keeps', () => {
  it('read the rows that a step names, and no others, also when the table was empty when they were made', async function () {
    this.timeout(60_000)
    const thread = await openPgliteThread('memory://')
    const { client } = thread
    await migrate(
      (script) => thread.script(script),
      async () => [],
    )
    const { request, ...session } = sessionOf('guest')
    const begin = (id: string) =>
      client.query('select create_sessions($1::jsonb)', [
        JSON.stringify([{ ...session, id, key: id, request: JSON.stringify(request), maxOpen: 10_000 }]),
      ])
    const step = (id: string, revision: number) =>
      client.query('select advance_sessions($1::jsonb)', [
        JSON.stringify([
          {
            sessionId: id,
            revision,
            state: { kind: 'placed', nodeId: 'n' },
            ended: false,
            nodeSeq: 0,
            source: 'router',
            events: [{ kind: 'place', nodeId: 'n' }],
            atMs: 1,
          },
        ]),
      ])
    await begin('first')
    await step('first', 1)
    await thread.script(`insert into guests (id, created_at_ms, seen_at_ms)
      select 'guest-' || n, 1, 1 from generate_series(1, 3000) n;
      insert into sessions (id, guest_id, title_id, idempotency_key, request, state, revision, created_at_ms)
      select 'many-' || n, 'guest-' || n, 'game', n, '{}', '{"kind":"requested"}', 0, 1 from generate_series(1, 3000) n`)
    await thread.script('begin')
    await begin('last')
    await step('last', 1)
    const { rows } = await client.query<{ read: number }>(
      `select (seq_tup_read + idx_tup_fetch)::int as read from pg_stat_xact_user_tables where relname = 'sessions'`,
    )
    await thread.script('commit')
    await thread.close()
    expect(rows[0]?.read).to.be.within(1, 20)
  })
})

describe('migrations', () => {
  it('refuse data that a newer program wrote, and undo what they began', async () => {
    const ran: string[] = []
    const failure = await migrate(
      async (script) => void ran.push(script),
      async () => ['0001-start', '9999-future'],
    ).catch((cause: unknown) => cause)
    expect(String(failure)).to.contain('9999-future')
    expect(ran.at(-1)).to.equal('rollback')
  })

  it('apply each one once', async () => {
    const ran: string[] = []
    await migrate(
      async (script) => void ran.push(script),
      async () => ['0001-start'],
    )
    expect(ran.filter((script) => script.includes('create table guests'))).to.have.length(0)
    expect(ran.at(-1)).to.equal('commit')
  })
})
