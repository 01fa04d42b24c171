import { execFileSync, type ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { expect } from 'chai'
import { type CliBed, openCliBed, openProxy } from './support/bed.ts'
import { gameTree, manifestOf, type Ran, runCli, type Tree, writeTree } from './support/cli.ts'

const mib = 1024 * 1024

describe('nearcade, at a real router', function () {
  this.timeout(60_000)
  let bed: CliBed
  let key: string
  before(async function () {
    this.timeout(120_000)
    bed = await openCliBed()
    key = (await bed.makeKey('titles:read', 'titles:write', 'titles:publish', 'stats:read')).key
  })
  after(() => bed.close())

  async function build(tree: Tree): Promise<string> {
    const folder = await mkdtemp(path.join(bed.home, 'build-'))
    await writeTree(folder, tree)
    return folder
  }
  /** Files that were written a moment ago are read again by the next push, for they may have changed within their clock's tick. */
  const aged = (folder: string): void =>
    void execFileSync('find', [folder, '-exec', 'touch', '-d', '-1 hour', '{}', '+'])
  const codeOf = (ran: Ran): readonly unknown[] => [ran.code, ran.json().error?.['code']]

  describe('login', () => {
    it('keeps a good key for its owner alone, and the next commands use it', async () => {
      const ran = await runCli(['login', '--server', bed.server, '--json'], {
        home: bed.home,
        input: `${key}\n`,
      })
      expect(ran.json().result).to.deep.include({ server: bed.server })
      const file = path.join(bed.home, '.config/nearcade/keys.json')
      expect((await stat(file)).mode & 0o777).to.equal(0o600)
      const listed = await runCli(['title', 'list', '--json'], { home: bed.home })
      expect([listed.code, listed.json().ok]).to.deep.equal([0, true])
    })

    it('keeps no key that the router does not know', async () => {
      const home = await mkdtemp(path.join(bed.home, 'home-'))
      const bad = await runCli(['login', '--server', bed.server, '--json'], { home, input: 'nck_wrong' })
      expect(codeOf(bad)).to.deep.equal([1, 'key-refused'])
      expect(codeOf(await runCli(['title', 'list', '--json'], { home }))).to.deep.equal([1, 'no-key'])
    })

    it('reads no keys that others could have read', async () => {
      const home = await mkdtemp(path.join(bed.home, 'home-'))
      await runCli(['login', '--server', bed.server, '--json'], { home, input: key })
      execFileSync('chmod', ['644', path.join(home, '.config/nearcade/keys.json')])
      expect(codeOf(await runCli(['title', 'list', '--json'], { home }))).to.deep.equal([1, 'key-file-open'])
    })
  })

  describe('title push', () => {
    it('makes a folder a version; the same again sends and reads nothing', async () => {
      const folder = await build(gameTree({ id: 'first' }, { 'data.bin': randomBytes(3 * mib) }))
      aged(folder)
      const first = await bed.run(key, ['title', 'push', folder])
      expect(first.code, first.stdout).to.equal(0)
      expect(first.json().result).to.deep.include({ titleId: 'first', version: '1.0.0' })
      expect(first.json().result?.['sentBytes']).to.equal(first.json().result?.['sizeBytes'])
      const again = await bed.run(key, ['title', 'push', folder])
      expect(again.json().result).to.deep.include({ sentBytes: 0, readBytes: 0, version: '1.0.0' })
      expect(again.json().result?.['treeId']).to.equal(first.json().result?.['treeId'])
    })

    it('sends of a new version only what has changed', async () => {
      const data = randomBytes(8 * mib)
      const folder = await build(
        gameTree({ id: 'second' }, { 'data.bin': data, 'other.bin': randomBytes(4 * mib) }),
      )
      aged(folder)
      expect((await bed.run(key, ['title', 'push', folder])).code).to.equal(0)
      const manifest = JSON.stringify(manifestOf({ id: 'second', version: '1.0.1' }))
      data[5 * mib + 7] = (data[5 * mib + 7] ?? 0) ^ 1
      await writeFile(path.join(folder, 'data.bin'), data)
      await writeFile(path.join(folder, 'nearcade.title.json'), manifest)
      const { result } = (await bed.run(key, ['title', 'push', folder])).json()
      expect(result).to.deep.include({
        version: '1.0.1',
        sentBytes: mib + manifest.length,
        readBytes: 8 * mib + manifest.length,
      })
    })

    it('notices a file that changed behind its back', async () => {
      const folder = await build(gameTree({ id: 'sly' }, { 'data.bin': randomBytes(mib) }))
      aged(folder)
      const before = await stat(path.join(folder, 'data.bin'))
      expect((await bed.run(key, ['title', 'push', folder])).code).to.equal(0)
      // Another home's router has none of it, so that the chunk is asked for.
      const changed = randomBytes(mib)
      await writeFile(path.join(folder, 'data.bin'), changed)
      execFileSync('touch', ['-d', before.mtime.toISOString(), path.join(folder, 'data.bin')])
      await writeFile(
        path.join(folder, 'nearcade.title.json'),
        JSON.stringify(manifestOf({ id: 'sly', version: '2.0.0' })),
      )
      const { result } = (await bed.run(key, ['title', 'push', folder])).json()
      expect(result?.['version']).to.equal('2.0.0')
    })

    it('goes on where it was killed', async () => {
      const size = 40 * mib
      const folder = await build(gameTree({ id: 'killed' }, { 'data.bin': randomBytes(size) }))
      let puts = 0
      const proxy = await openProxy(bed.server, ({ method }) => {
        if (method !== 'PUT') return 'pass'
        puts += 1
        return puts <= 3 ? 'pass' : 'hold'
      })
      let child: ChildProcess | null = null
      const dying = bed.run(key, ['title', 'push', folder, '--parallel', '1'], {
        env: { NEARCADE_SERVER: proxy.url },
        onStart: (started) => {
          child = started
        },
      })
      const watch = setInterval(() => {
        if (proxy.held > 0 && child?.killed === false) child.kill('SIGKILL')
      }, 100)
      const killed = await dying
      clearInterval(watch)
      await proxy.close()
      expect(killed.signal).to.equal('SIGKILL')
      const { result } = (await bed.run(key, ['title', 'push', folder])).json()
      expect(result?.['sentBytes']).to.be.within(1, size - 3 * 7 * mib + mib)
    })

    it('stops when it is told to, and says how to go on', async () => {
      const folder = await build(gameTree({ id: 'stopped' }, { 'data.bin': randomBytes(2 * mib) }))
      const proxy = await openProxy(bed.server, ({ method }) => (method === 'PUT' ? 'hold' : 'pass'))
      let child: ChildProcess | null = null
      const running = bed.run(key, ['title', 'push', folder], {
        env: { NEARCADE_SERVER: proxy.url },
        onStart: (started) => {
          child = started
        },
      })
      const watch = setInterval(() => {
        if (proxy.held > 0 && child?.killed === false) child.kill('SIGINT')
      }, 100)
      const stopped = await running
      clearInterval(watch)
      await proxy.close()
      expect([stopped.code, stopped.stdout]).to.deep.equal([130, ''])
      expect(stopped.stderr).to.contain('goes on from here')
    })

    it('tries again what a bad network or a proxy breaks', async () => {
      const folder = await build(gameTree({ id: 'shaky' }, { 'data.bin': randomBytes(20 * mib) }))
      let asked = 0
      const proxy = await openProxy(bed.server, () => {
        asked += 1
        return asked % 3 === 1 ? 'cut' : asked % 3 === 2 ? 503 : 'pass'
      })
      const ran = await bed.run(key, ['title', 'push', folder], { env: { NEARCADE_SERVER: proxy.url } })
      await proxy.close()
      expect(ran.code, ran.stdout).to.equal(0)
      expect(ran.told().some(({ note }) => /Trying again/.test(String(note)))).to.equal(true)
    })

    it('takes an archive as well', async () => {
      const folder = await build(gameTree({ id: 'packed' }, { 'data.bin': randomBytes(mib) }))
      const archive = path.join(bed.home, 'packed.tar.gz')
      execFileSync('tar', ['-czf', archive, '-C', folder, '.'])
      const ran = await bed.run(key, ['title', 'push', archive])
      expect(ran.json().result, ran.stdout).to.deep.include({ titleId: 'packed' })
    })

    it('is refused an archive that leads out of itself, with the reason', async () => {
      const archive = path.join(bed.home, 'hostile.tar')
      const folder = await build(gameTree({ id: 'hostile' }))
      execFileSync('tar', [
        '-cf',
        archive,
        '-C',
        folder,
        '--transform',
        's,index.html,../../escaped,',
        '-P',
        '.',
      ])
      const ran = await bed.run(key, ['title', 'push', archive])
      expect(codeOf(ran)).to.deep.equal([1, 'package-refused'])
      expect(String(ran.json().error?.['details'])).to.contain('escaped')
    })

    it('sends nothing of a build that is at fault', async () => {
      const folder = await build(gameTree({ id: 'Faulty' }))
      const ran = await bed.run(key, ['title', 'push', folder])
      expect(codeOf(ran)).to.deep.equal([1, 'build-faulty'])
      expect(String(ran.json().error?.['details'])).to.contain('id')
    })

    it('is refused a version that was pushed with other files', async () => {
      const folder = await build(gameTree({ id: 'twice' }))
      await bed.run(key, ['title', 'push', folder])
      await writeFile(path.join(folder, 'index.html'), 'another')
      expect(codeOf(await bed.run(key, ['title', 'push', folder]))).to.deep.equal([1, 'version-taken'])
    })

    it('tells its progress as JSON lines, and its result as one object', async () => {
      const folder = await build(gameTree({ id: 'told' }, { 'data.bin': randomBytes(9 * mib) }))
      const ran = await bed.run(key, ['title', 'push', folder])
      const steps = ran
        .told()
        .flatMap(({ progress }) => (progress as { step?: string } | undefined)?.step ?? [])
      expect([...new Set(steps)]).to.deep.equal(['read', 'send'])
      expect(ran.stdout.trim().split('\n')).to.have.length(1)
    })
  })

  describe('the way to players', () => {
    before(async () => {
      const folder = await build(gameTree({ id: 'led' }))
      await bed.run(key, ['title', 'push', folder, '--stage'])
    })

    it('leads over staging, and not to players before the check', async () => {
      const staged = await bed.run(key, ['title', 'promote', 'led', '1.0.0'])
      const { channels } = staged.json().result as { channels: { staging: { testToken: string } } }
      expect(channels.staging.testToken).to.have.length(32)
      const live = await bed.run(key, ['title', 'promote', 'led', '1.0.0', '--channel', 'live'])
      expect(codeOf(live)).to.deep.equal([1, 'not-checked'])
      expect(codeOf(await bed.run(key, ['title', 'rollback', 'led']))[0]).to.equal(1)
    })

    it('goes to players, back and away', async () => {
      await bed.store.publishing.putCheck('led', '1.0.0', { state: 'passed', report: { atMs: 1, items: [] } })
      const live = await bed.run(key, ['title', 'promote', 'led', '1.0.0', '--channel', 'live'])
      expect(live.json().result?.['channels']).to.deep.include({ live: '1.0.0' })
      expect((await bed.run(key, ['title', 'withdraw', 'led'])).json().result).to.include({ withdrawn: true })
      expect((await bed.run(key, ['title', 'restore', 'led'])).json().result).to.include({ withdrawn: false })
    })

    it('is waited for, until its check has passed or failed', async () => {
      const folder = await build(gameTree({ id: 'judged' }))
      await bed.run(key, ['title', 'push', folder])
      const item = { name: 'picture', passed: false, measured: 'black', next: 'Draw something.' }
      const codes: (number | null)[] = []
      for (const state of ['passed', 'failed'] as const) {
        const report = { atMs: 1, items: [{ ...item, passed: state === 'passed' }] }
        await bed.store.publishing.putCheck('judged', '1.0.0', { state, report })
        codes.push((await bed.run(key, ['title', 'push', folder, '--wait'])).code)
      }
      expect(codes).to.deep.equal([0, 1])
      const said = await runCli(['title', 'report', 'judged'], {
        home: bed.home,
        env: { NEARCADE_KEY: key, NEARCADE_SERVER: bed.server },
      })
      expect([said.code, said.stdout]).to.deep.equal([
        1,
        [
          'judged 1.0.0',
          'It has not passed its check:',
          '  FAILED  picture: black Draw something.',
          'Once more, on another seat: npx nearcade title check-again judged 1.0.0',
          '',
        ].join('\n'),
      ])
    })

    it('is embedded where its publisher says, by whom its launch keys say', async () => {
      const embed = (...more: readonly string[]) => bed.run(key, ['title', 'embed', 'led', ...more])
      const set = await embed(
        '--allow',
        'https://a.example',
        'https://b.example',
        '--launch-token',
        'required',
      )
      expect(set.json().result).to.deep.include({
        origins: ['https://a.example', 'https://b.example'],
        launchTokenRequired: true,
      })
      const less = await embed('--disallow', 'https://a.example')
      expect(less.json().result).to.deep.include({
        origins: ['https://b.example'],
        launchTokenRequired: true,
      })

      const refused = await bed.run(key, ['launch-keys', 'create', 'shop', '--out', 'refused.key'])
      expect(codeOf(refused)).to.deep.equal([1, 'not-allowed'])
      expect(existsSync(path.join(bed.home, 'refused.key'))).to.equal(false)
      const { key: own } = await bed.makeKey('launch-keys:manage')
      const keys = (...args: readonly string[]) => bed.run(own, ['launch-keys', ...args])
      const made = await keys('create', 'shop')
      expect(made.code, made.stdout).to.equal(0)
      const { key: registered, privateKeyFile } = made.json().result as {
        key: { id: string }
        privateKeyFile: string
      }
      expect((await stat(privateKeyFile)).mode & 0o777).to.equal(0o600)
      expect(await readFile(privateKeyFile, 'utf8')).to.contain('BEGIN PRIVATE KEY')
      expect(made.stdout).not.to.contain('BEGIN')
      const same = await keys('create', 'renamed', '--public', privateKeyFile)
      expect((same.json().result as { key: { id: string } }).key.id).to.equal(registered.id)
      const { keys: listed } = (await keys('list')).json().result as {
        keys: { name: string; usedAtMs: null }[]
      }
      expect(listed.map(({ name, usedAtMs }) => [name, usedAtMs])).to.deep.equal([['renamed', null]])
      expect((await keys('revoke', registered.id)).json().result).to.deep.include({ keys: [] })
    })

    it('has seats booked for an event, which is listed and called off', async () => {
      const node = await bed.node(6)
      const times = ['--from', '2126-12-24T20:00Z', '--to', '2126-12-24T22:00Z'] as const
      const soon = new Date(Date.now() + 3_600_000).toISOString().slice(0, 16)
      const later = new Date(Date.now() + 7_200_000).toISOString().slice(0, 16)
      const then = ['--from', `${soon}Z`, '--to', `${later}Z`] as const
      const book = (...more: readonly string[]): Promise<Ran> =>
        bed.run(key, ['events', 'book', 'led', ...more])
      expect(codeOf(await book(...times, '--seats', '1'))).to.deep.equal([1, 'event-refused'])
      expect(codeOf(await book(...then, '--site', 'Nowhere=2'))).to.deep.equal([2, 'bad-booking'])
      expect(codeOf(await book(...then, '--seats', '4'))).to.deep.equal([1, 'event-no-room'])
      const booked = await book(...then, '--site', 'Test site=3', '--entry', 'link')
      const event = booked.json().result as { eventId: string; seats: number; linkToken: string }
      expect([event.seats, event.linkToken.length]).to.deep.equal([3, 24])
      const around = { home: bed.home, env: { NEARCADE_KEY: key, NEARCADE_SERVER: bed.server } }
      const listed = (await runCli(['events', 'list', 'led'], around)).stdout
      expect(listed).to.match(/ led .* Test site 3 +(?:booked, 3 seats|warming up, 0 of 3 ready)/)
      const gone = await bed.run(key, ['events', 'cancel', event.eventId])
      expect(gone.json().result).to.include({ state: 'cancelled' })
      expect((await runCli(['events', 'list'], around)).stdout).to.match(/ cancelled /)
      await node.close()
    })

    it('is seen in lists, logs and figures', async () => {
      const all = (await bed.run(key, ['title', 'list'])).json().result as { titles: { titleId: string }[] }
      expect(all.titles.map(({ titleId }) => titleId)).to.include('led')
      const one = (await bed.run(key, ['title', 'list', 'led'])).json().result as { versions: unknown[] }
      expect(one.versions).to.have.length(1)
      expect((await bed.run(key, ['title', 'logs', 'led'])).json().result).to.deep.equal({ sessions: [] })
      const stats = await bed.run(key, [
        'title',
        'stats',
        'led',
        '--from',
        '2026-01-01',
        '--to',
        '2026-01-31',
      ])
      expect(stats.json().result).to.deep.include({ from: '2026-01-01', to: '2026-01-31', rows: [] })
      const text = await runCli(['title', 'list', '--server', bed.server], {
        home: bed.home,
        env: { NEARCADE_KEY: key },
      })
      expect(text.stdout).to.match(/^led +The Pushed Game +live 1\.0\.0/m)
    })
  })

  describe('when it cannot', () => {
    it('says so by its code: 1 refused, 2 asked wrongly, 3 unreachable', async () => {
      const reader = await bed.makeKey('titles:read')
      const folder = await build(gameTree({ id: 'barred' }))
      const codes = [
        await bed.run('nck_wrong', ['title', 'list']),
        await bed.run(reader.key, ['title', 'push', folder]),
        await bed.run(key, ['title', 'promote', 'nothing', '1.0.0']),
        await bed.run(key, ['title', 'push', path.join(folder, 'index.html')]),
        await bed.run(key, ['title', 'list'], { env: { NEARCADE_SERVER: 'ftp://x' } }),
        await bed.run(key, ['title', 'list'], { env: { NEARCADE_SERVER: 'http://127.0.0.1:9' } }),
      ].map(codeOf)
      expect(codes).to.deep.equal([
        [1, 'key-refused'],
        [1, 'not-allowed'],
        [1, 'title-not-found'],
        [2, 'no-archive'],
        [2, 'bad-server'],
        [3, 'router-unreachable'],
      ])
      await reader.revoke()
      expect(codeOf(await bed.run(reader.key, ['title', 'list']))).to.deep.equal([1, 'key-refused'])
    })

    it('is asked wrongly with what it does not know', async () => {
      for (const args of [
        ['title', 'fly'],
        ['title', 'list', '--fast'],
        ['title', 'push', '--parallel', '99'],
        ['title', 'promote', 'x'],
      ])
        expect((await runCli(args, { home: bed.home })).code, args.join(' ')).to.equal(2)
    })

    it('keeps the key of nobody in its words', async () => {
      const ran = await bed.run(key, ['title', 'list', 'nothing'])
      expect(`${ran.stdout}${ran.stderr}`).not.to.contain(key)
    })

    it('says of an address that is no Nearcade what is wrong', async () => {
      const proxy = await openProxy(bed.server, () => 200)
      const ran = await bed.run(key, ['title', 'list'], { env: { NEARCADE_SERVER: proxy.url } })
      await proxy.close()
      expect(codeOf(ran)).to.deep.equal([1, 'not-nearcade'])
    })
  })
})
