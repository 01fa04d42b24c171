import { existsSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Writable } from 'node:stream'
import { expect } from 'chai'
import { pino } from 'pino'
import { parseEdgeSettings } from '../../../config/settings/edge.ts'
import { type Agent, startAgent } from '../../../edge/agent/agent.ts'
import { type FakeRouter, startFakeRouter } from '../agent/fakeRouter.ts'
import {
  type Files,
  pack,
  type Packed,
  serveNodePackages,
  type FakeRouter as PackageRouter,
} from './packages.ts'

const manifestFile = 'nearcade.title.json'

/** A title of ours under another id, as a publisher would bring it. */
async function packTitle(from: string, id: string, more: Files = {}, runtime: object = {}): Promise<Packed> {
  const folder = path.resolve('edge/titles', from)
  const files: Record<string, Buffer> = {}
  for (const name of await readdir(folder)) files[name] = await readFile(path.join(folder, name))
  const manifest = JSON.parse(String(files[manifestFile])) as { runtime: object }
  const text = JSON.stringify({
    ...manifest,
    id,
    version: '2.0.0',
    runtime: { ...manifest.runtime, ...runtime },
  })
  return pack(id, '2.0.0', { ...files, ...more, [manifestFile]: Buffer.from(text) })
}

describe('a publisher’s title on a node', function () {
  this.timeout(60_000)
  let dataDir: string
  let packages: PackageRouter
  let router: FakeRouter
  let agent: Agent
  let html5: Packed
  let linux: Packed
  let logged: string

  before(async () => {
    dataDir = await mkdtemp(path.join(tmpdir(), 'nearcade-packages-'))
    packages = await serveNodePackages()
    router = await startFakeRouter(0, packages.app)
    html5 = await packTitle('stardust', 'packed-stardust', {
      // Our own titles are programs that the node builds; what a publisher brings is not.
      'main.ts': Buffer.from('throw new Error("built")'),
    })
    const program = { bytes: await readFile('/usr/games/lbreakouthd'), executable: true }
    const script = Buffer.from('#!/bin/sh\nexec "$1/bin/breakout"\n')
    linux = await packTitle(
      'lbreakouthd',
      'packed-breakout',
      { 'bin/breakout': program, start: { bytes: script, executable: true } },
      { command: ['{title}/start', '{title}'], needs: ['/usr/share/games/lbreakouthd/themes'] },
    )
    for (const one of [html5, linux]) packages.packed.set(one.treeId, one)
    logged = ''
    const stream = new Writable({
      write(line, _encoding, done) {
        logged += String(line)
        done()
      },
    })
    agent = await startAgent(
      parseEdgeSettings({
        NEARCADE_ROUTER_URL: router.url,
        NEARCADE_DATA: dataDir,
        NEARCADE_TITLES: path.resolve('edge/titles'),
        NEARCADE_SEATS: '3',
        NEARCADE_WARM_SEATS: '0',
      }),
      { log: pino({ level: 'info' }, stream), sessionEnv: { PATH: process.env['PATH'] ?? '' } },
    )
    await agent.accepted
    router.say({ kind: 'install', packages: [html5.want, linux.want] })
  })
  after(async () => {
    await agent.close()
    await router[Symbol.asyncDispose]()
    await packages[Symbol.asyncDispose]()
    await rm(dataDir, { recursive: true, force: true })
  })

  const isOffered = ({ want }: Packed): Promise<unknown> =>
    router.hear('status', ({ titles }) =>
      titles.some(({ id, version }) => id === want.titleId && version === want.version),
    )
  async function plays({ want }: Packed): Promise<void> {
    const sessionId = `play-${want.titleId}`
    await router.start(sessionId, want.titleId, { version: want.version })
    await Promise.race([
      router.event(sessionId, 'ready'),
      router.event(sessionId, 'end').then(({ reason, detail }) => {
        throw new Error(`${reason}: ${detail ?? ''}\n${logged}`)
      }),
    ])
    // It is also taken for ready when it is dark for long; then it says so.
    expect(logged).to.not.contain('still dark')
    router.say({ kind: 'end', sessionId, reason: 'player-ended' })
    expect((await router.event(sessionId, 'end')).reason).to.equal('player-ended')
  }

  it('is offered once it is there, and its version is asked for; the node’s own titles go without', async () => {
    await isOffered(html5)
    await isOffered(linux)
    const { titleId } = html5.want
    for (const version of [undefined, '2.0.1'])
      expect(await router.reserve('s', titleId, 1000, version)).to.include({
        kind: 'refused',
        reason: 'title-missing',
      })
    expect(await router.reserve('s', 'stardust', 1000, '1.0.0')).to.include({ reason: 'title-missing' })
  })

  it('shows its picture where it is a page in a browser', async () => {
    await plays(html5)
    expect(existsSync(path.join(dataDir, 'titles', html5.want.titleId))).to.equal(false)
  })

  it('shows its picture where it is a program for Linux that it brings itself', () => plays(linux))

  it('is not started from files that were changed, and comes back right', async () => {
    const { titleId, version, treeId } = html5.want
    const file = path.join(dataDir, 'packages', 'versions', treeId, 'game.js')
    await writeFile(file, 'stolen()', { flag: 'r+' })
    await router.start('changed', titleId, { version })
    const { reason, detail } = await router.event('changed', 'end')
    expect([reason, detail]).to.deep.equal(['node-failed', 'game.js is not as it was installed'])
    const after = router.heard.length
    await router.hear(
      'status',
      (one) => router.heard.indexOf(one) > after && one.titles.some(({ id }) => id === titleId),
    )
    expect(await readFile(file, 'utf8')).to.equal(await readFile('edge/titles/stardust/game.js', 'utf8'))
  })
})
