import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect } from 'chai'
import { descendants } from '../../support/processes.ts'
import { type FakeRouter, startFakeRouter } from './fakeRouter.ts'

const entry = path.resolve('edge/main.ts')

/** The agent as a program of its own. */
function run(env: Record<string, string>): { child: ChildProcess; exited: Promise<number>; text(): string } {
  const child = fork(entry, [], {
    execArgv: ['--import', 'tsx'],
    env: { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '/', ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  let text = ''
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk: Buffer) => {
      text += chunk.toString()
    })
  const exited = once(child, 'exit').then(([code]) => Number(code))
  return { child, exited, text: () => text }
}

describe('the edge program', function () {
  this.timeout(30_000)
  let folder: string
  let router: FakeRouter

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'nearcade-program-'))
    router = await startFakeRouter()
  })
  afterEach(async () => {
    await router[Symbol.asyncDispose]()
    await rm(folder, { recursive: true, force: true })
  })
  const env = () => ({
    NEARCADE_ROUTER_URL: router.url,
    NEARCADE_DATA: folder,
    NEARCADE_WARM_SEATS: '0',
    NEARCADE_LOG_LEVEL: 'warn',
  })

  it('prints every fault of its settings at once and exits with 2', async () => {
    const file = path.join(folder, 'edge.json')
    await writeFile(file, JSON.stringify({ seats: 'many', nonsense: 1 }))
    const { exited, text } = run({ NEARCADE_CONFIG: file, NEARCADE_SITE_LAT: '91', NEARCADE_WHAT: '1' })
    expect(await exited).to.equal(2)
    for (const fault of ['seats', 'nonsense', 'NEARCADE_SITE_LAT', 'NEARCADE_WHAT'])
      expect(text()).to.include(fault)
  })

  it('tells its parent when it is online, and stops in order when told to', async () => {
    const { child, exited } = run(env())
    const [message] = (await once(child, 'message')) as [unknown]
    expect(message).to.deep.equal({ kind: 'online' })
    child.kill('SIGTERM')
    expect(await exited).to.equal(0)
  })

  it('takes nobody new at a first SIGTERM, and ends with the session that runs', async () => {
    const { child, exited } = run(env())
    await once(child, 'message')
    await router.start('s1', 'latency-lab')
    await router.event('s1', 'ready')
    child.kill('SIGTERM')
    await router.hear('status', ({ draining }) => draining)
    expect((await router.reserve('s2', 'latency-lab')).kind).to.equal('refused')
    expect(router.status()?.sessions.map(({ state }) => state.kind)).to.deep.equal(['ready'])
    router.say({ kind: 'end', sessionId: 's1', reason: 'player-ended' })
    expect(await exited).to.equal(0)
  })

  it('takes everything with it when it is killed: games, displays, sound servers', async () => {
    const { child } = run({ ...env(), NEARCADE_WARM_SEATS: '1' })
    await once(child, 'message')
    await router.start('s1', 'latency-lab')
    await router.event('s1', 'ready')
    const family = descendants(child.pid ?? 0).filter(({ pid }) => pid !== child.pid)
    const names = family.map(({ name, commandLine }) => `${name} ${commandLine}`).join('\n')
    for (const part of ['Xvfb', 'pulseaudio', 'main.cjs', 'session/main.ts']) expect(names).to.include(part)
    child.kill('SIGKILL')
    const alive = (): string[] =>
      family
        .filter(({ pid, commandLine }) => descendants(pid)[0]?.commandLine === commandLine)
        .map(({ commandLine }) => commandLine)
    while (alive().length > 0) await new Promise((resolve) => setTimeout(resolve, 50))
  })

  it('stops when its parent is gone', async () => {
    const { child, exited } = run(env())
    await once(child, 'message')
    child.disconnect()
    expect(await exited).to.equal(0)
  })
})
