import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import { type EncoderSpeedsOptions, keepEncoderSpeeds } from '../../../edge/agent/encoderSpeeds.ts'
import { forkSession } from '../../../edge/agent/sessionProcess.ts'
import { until } from '../sandbox/rig.ts'

const fakeSession = fileURLToPath(new URL('./fakeSession.ts', import.meta.url))
const silent = { info() {}, warn() {} }

describe('what the encoders can do', () => {
  let folder: string
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'nearcade-encoders-'))
  })
  after(() => rm(folder, { recursive: true, force: true }))

  const keep = (name: string, options: Partial<EncoderSpeedsOptions> = {}) =>
    keepEncoderSpeeds({
      file: join(folder, name),
      machine: 'one',
      idle: () => true,
      fork: (handlers) =>
        forkSession({ ...handlers, env: process.env as Record<string, string>, entry: fakeSession }),
      log: silent,
      times: { waitMs: 1, watchMs: 5 },
      ...options,
    })

  it('is measured once a machine, in a process of its own, and kept', async () => {
    let forks = 0
    const counting: Partial<EncoderSpeedsOptions> = {
      fork(handlers) {
        forks += 1
        return forkSession({ ...handlers, env: process.env as Record<string, string>, entry: fakeSession })
      },
    }
    const first = await keep('kept.json', counting)
    expect(first.speeds).to.equal(null)
    await until('they are measured', () => first.speeds !== null)
    await first[Symbol.asyncDispose]()
    const again = await keep('kept.json', counting)
    expect(again.speeds).to.deep.equal({ h264: 3 })
    await again[Symbol.asyncDispose]()
    expect(forks).to.equal(1)
    const elsewhere = await keep('kept.json', { ...counting, machine: 'another' })
    expect(elsewhere.speeds).to.equal(null)
    await elsewhere[Symbol.asyncDispose]()
  })

  it('is not measured while somebody plays, and given up when somebody comes', async () => {
    let busy = true
    const exits: unknown[] = []
    const keeper = await keep('busy.json', {
      idle: () => !busy,
      fork(handlers) {
        busy = true
        // Never answers.
        const child = forkSession({
          onLine: handlers.onLine,
          onMessage() {},
          env: process.env as Record<string, string>,
          entry: fakeSession,
        })
        void child.exited.then((exit) => exits.push(exit))
        return child
      },
    })
    expect(exits).to.deep.equal([])
    busy = false
    await until('the process is killed', () => exits.length > 0)
    expect(exits[0]).to.deep.equal({ code: null, signal: 'SIGKILL' })
    expect(keeper.speeds).to.equal(null)
    await keeper[Symbol.asyncDispose]()
  })

  it('is known for every codec of a real session process', async function () {
    this.timeout(60_000)
    const keeper = await keep('real.json', {
      fork: (handlers) => forkSession({ ...handlers, env: process.env as Record<string, string> }),
    })
    await until('they are measured', () => keeper.speeds !== null, 50_000)
    expect(keeper.speeds).to.have.all.keys('h264', 'vp8', 'vp9', 'av1')
    for (const ms of Object.values(keeper.speeds ?? {})) expect(ms).within(0.1, 2000)
    await keeper[Symbol.asyncDispose]()
  })
})
