import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { expect } from 'chai'
import { descendantsOf, isRunning, listProcesses, type ProcessEntry } from '../../server/local/processes.mjs'

const root = path.resolve(import.meta.dirname, '../..')

/** `npm start` as a process, on a state folder and temp folder of its own. */
class Started {
  readonly lines: string[] = []
  readonly child: ChildProcess
  readonly exited: Promise<unknown>
  #wake = () => {}

  constructor(folder: string) {
    this.child = spawn(process.execPath, ['server/local/start.mjs', '--port', '0'], {
      cwd: root,
      env: { ...process.env, NEARCADE_DATA: path.join(folder, 'data'), TMPDIR: folder, NEARCADE_SEATS: '1' },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.exited = once(this.child, 'exit')
    for (const stream of [this.child.stdout, this.child.stderr]) {
      if (stream === null) continue
      createInterface({ input: stream }).on('line', (line) => {
        this.lines.push(line)
        this.#wake()
      })
    }
    void this.exited.then(() => this.#wake())
  }

  /** The first line that matches, among those from `from` on. */
  async line(pattern: RegExp, from = 0): Promise<RegExpExecArray> {
    for (;;) {
      for (const line of this.lines.slice(from)) {
        const found = pattern.exec(line)
        if (found) return found
      }
      if (this.child.exitCode !== null || this.child.signalCode !== null)
        throw new Error(`It ended:\n${this.lines.join('\n')}`)
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }

  family(): ProcessEntry[] {
    return descendantsOf(listProcesses(), this.child.pid ?? 0)
  }
}

/** Settles when all of them have gone; the test's time limit is the limit. */
async function gone(processes: readonly ProcessEntry[]): Promise<void> {
  while (processes.some(isRunning)) await new Promise((resolve) => setTimeout(resolve, 50))
}

describe('npm start', function () {
  this.timeout(60_000)
  let folder = ''
  let started: Started | null = null

  beforeEach(() => {
    // Short: the address of a Unix socket has 107 bytes at most.
    folder = mkdtempSync(path.join(tmpdir(), 's-'))
  })

  afterEach(async () => {
    if (started && started.child.exitCode === null && started.child.signalCode === null) {
      started.child.kill('SIGTERM')
      await started.exited
    }
    started = null
    rmSync(folder, { recursive: true, force: true })
  })

  async function ready(): Promise<{ address: string; running: Started }> {
    started = new Started(folder)
    const [, address = ''] = await started.line(/^Nearcade is ready: (http:\/\/\S+?)\/$/)
    await started.line(/Ctrl-C stops/)
    return { address, running: started }
  }

  const temporary = () => readdirSync(folder).filter((name) => name !== 'data')

  it('starts router and edge, prints an address that works, and a signal stops everything', async () => {
    const { address, running } = await ready()
    expect((await fetch(`${address}/healthz`)).status).to.equal(200)
    expect((await fetch(`${address}/`)).headers.get('content-type')).to.include('text/html')
    expect(running.lines.join('\n')).to.include(`${address}/play/latency-lab`)
    const [, token = ''] = await running.line(/\/operator#token=(\S+)$/)
    const asOperator = { headers: { authorization: `Bearer ${decodeURIComponent(token)}` } }
    expect((await fetch(`${address}/api/operator/map`, asOperator)).status).to.equal(200)
    expect((await fetch(`${address}/operator`)).status).to.equal(200)
    const family = running.family()
    expect(family.length).to.be.greaterThan(1)
    expect(temporary()).to.have.length(1)

    running.child.kill('SIGTERM')
    expect(await running.exited).to.deep.equal([0, null])
    expect(running.lines.at(-1)).to.equal('Stopped.')
    expect(family.filter(isRunning)).to.deep.equal([])
    expect(temporary()).to.deep.equal([])
    expect(existsSync(path.join(folder, 'data/owner.json'))).to.equal(false)
  })

  it('starts a router that died again on the same port, says so, and the edge comes back', async () => {
    const { address, running } = await ready()
    const router = running.family().find(({ command }) => command.includes('dist/router.mjs'))
    const from = running.lines.length
    process.kill(router?.pid ?? 0, 'SIGKILL')
    await running.line(/The router stopped unexpectedly .* again in 0.5 s/, from)
    await running.line(/^router \| node online/, running.lines.length)
    expect((await fetch(`${address}/healthz`)).status).to.equal(200)
  })

  it('leaves no process when it is killed itself, and the next start removes its temp folder', async () => {
    const { running } = await ready()
    const family = running.family()
    running.child.kill('SIGKILL')
    await running.exited
    await gone(family)
    expect(temporary()).to.have.length(1)

    const next = await ready()
    expect(temporary()).to.have.length(1)
    next.running.child.kill('SIGINT')
    await next.running.exited
    expect(temporary()).to.deep.equal([])
  })

  it('ends everything at once on a second signal', async () => {
    const { running } = await ready()
    const family = running.family()
    const edge = family.find(({ command }) => command.includes('dist/edge.mjs'))
    // An edge that hears nothing any more.
    process.kill(edge?.pid ?? 0, 'SIGSTOP')
    running.child.kill('SIGINT')
    await running.line(/^Stopping\.$/)
    // What npm and the terminal both deliver within half a second is one signal, so it is asked until one counts.
    const asking = setInterval(() => running.child.kill('SIGINT'), 100)
    await running.line(/^Stopping at once\.$/).finally(() => clearInterval(asking))
    expect(await running.exited).to.deep.equal([0, null])
    expect(family.filter(isRunning)).to.deep.equal([])
    expect(temporary()).to.deep.equal([])
  })
})
