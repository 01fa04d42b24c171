import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect } from 'chai'
import { humanLine, openLog } from '../../server/local/logs.mjs'
import { claimFolder, openTempFolder } from '../../server/local/owned.mjs'
import { descendantsOf, isRunning, killAll, processesMarked } from '../../server/local/processes.mjs'
import { SetUpError } from '../../server/local/setUpError.mjs'
import { restartDelayMs } from '../../server/local/supervisor.mjs'
import { abandoned, leftIn } from '../leftovers.mjs'
import { lastLine, sum } from '../tally.mjs'

describe('what npm start runs', () => {
  let folder = ''
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'running-'))
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  it('is restarted ever later, half a minute apart at most', () => {
    expect([1, 2, 3, 4].map(restartDelayMs)).to.deep.equal([500, 1000, 2000, 4000])
    expect(restartDelayMs(50)).to.equal(30_000)
  })

  it('logs short lines to the terminal: no stack, no nested values, nothing of little interest', () => {
    const line = JSON.stringify({
      level: 40,
      time: 1,
      pid: 2,
      msg: 'slow',
      tookMs: 7,
      err: { message: 'm', stack: 's' },
    })
    expect(humanLine(line)).to.equal('warn: slow  tookMs=7  m')
    expect(humanLine('{"level":30,"msg":"up","port":8080}')).to.equal('up  port=8080')
    expect(humanLine('{"level":20,"msg":"detail"}')).to.equal(null)
    expect(humanLine('not json')).to.equal('not json')
    expect(humanLine('{broken')).to.equal('{broken')
    expect(humanLine('null')).to.equal('null')
    expect(humanLine('  ')).to.equal(null)
    expect(humanLine(JSON.stringify({ level: 30, msg: 'x'.repeat(1000) }))).to.have.length(220)
  })

  it('keeps at most two full logs', () => {
    const file = path.join(folder, 'logs/router.log')
    const log = openLog(file, 20)
    for (let index = 0; index < 9; index++) log.write(`line ${index} ----`)
    log.close()
    expect(readFileSync(file, 'utf8')).to.equal('line 8 ----\n')
    expect(readFileSync(`${file}.1`, 'utf8')).to.equal('line 6 ----\nline 7 ----\n')
  })

  it('has a temp folder of its own, and removes the one of a program that was killed', () => {
    const abandonedFolder = openTempFolder(folder, 'own-').path
    writeFileSync(
      path.join(abandonedFolder, 'owner.json'),
      JSON.stringify({ pid: 2 ** 22 + 1, startedTicks: '1' }),
    )
    const own = openTempFolder(folder, 'own-')
    expect(existsSync(abandonedFolder)).to.equal(false)
    const second = openTempFolder(folder, 'own-')
    expect(existsSync(own.path)).to.equal(true)
    own.close()
    second.close()
    expect(existsSync(own.path)).to.equal(false)
  })

  it('is the only one on its data folder', () => {
    const data = path.join(folder, 'data')
    const claim = claimFolder(data)
    expect(() => claimFolder(data)).to.throw(SetUpError, new RegExp(`${data}.*${process.pid}.*NEARCADE_DATA`))
    claim.close()
    claimFolder(data).close()
  })

  it('is found by its mark even when it has lost its parent, and can be ended', async () => {
    const mark = `LOCAL_RUN=${path.basename(folder)}`
    const child = spawn('sh', ['-c', 'setsid sleep 600 & echo $!; exec sleep 600'], {
      env: { PATH: process.env['PATH'], LOCAL_RUN: path.basename(folder) },
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    await once(child.stdout, 'data')
    const marked = processesMarked(mark)
    expect(marked.map(({ pid }) => pid)).to.include(child.pid)
    expect(marked.length).to.be.greaterThan(1)
    const exited = once(child, 'exit')
    killAll(marked)
    await exited
    // The one without a parent is reaped by init, in its own time; the test's time limit is the limit.
    while (marked.some(isRunning)) await new Promise((resolve) => setTimeout(resolve, 20))
    expect(processesMarked(mark)).to.deep.equal([])
  })

  it('knows its children and theirs', () => {
    const entry = (pid: number, parent: number) => ({ pid, parent, startedTicks: '', command: '' })
    const all = [entry(2, 1), entry(3, 2), entry(4, 3), entry(5, 1)]
    expect(descendantsOf(all, 2).map(({ pid }) => pid)).to.deep.equal([3, 4])
  })
})

describe('the leash', () => {
  it('ends a program whose starter was killed', async () => {
    const leash = path.resolve(import.meta.dirname, '../../server/local/leash.mjs')
    const starter = spawn(
      process.execPath,
      [
        '-e',
        `const child = require('node:child_process').spawn(process.execPath,
           ['--import', ${JSON.stringify(leash)}, '-e', 'setInterval(() => {}, 1000)'],
           { stdio: ['ignore', 'inherit', 'inherit', 'ipc'], detached: true })
         child.once('spawn', () => console.log(child.pid))`,
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    )
    // The program holds the other end of this pipe, which therefore closes when it has ended.
    const ended = once(starter.stdout, 'close')
    await once(starter.stdout, 'data')
    starter.kill('SIGKILL')
    await ended
  })
})

describe('the end of a test run', () => {
  it('is one line that other programs can read', () => {
    expect(lastLine({ passed: 12, failed: 0, skipped: 0 })).to.equal('12 passed, 0 failed')
    expect(
      lastLine(
        sum([
          { passed: 1, failed: 2, skipped: 0 },
          { passed: 3, failed: 0, skipped: 4 },
        ]),
      ),
    ).to.equal('4 passed, 2 failed, 4 skipped')
  })

  it('finds what was left behind, not what another program uses or a tool keeps', () => {
    const old = '/dev/shm/nearcade-4026-10-100-abc'
    const used = '/dev/shm/nearcade-4026-20-200-def'
    const screen = '/dev/shm/nearcade-4026-20-199-ghi'
    const group = '/sys/fs/cgroup/cpu/nearcade/4026-30-300'
    const startOf = (pid: number) => (pid === 20 ? '200' : null)
    expect(abandoned(new Set([old]), new Set([old, used, screen, group]), startOf)).to.deep.equal([
      screen,
      group,
    ])
    const folder = mkdtempSync(path.join(tmpdir(), 'leftovers-'))
    try {
      writeFileSync(path.join(folder, 'tsx-0'), '')
      writeFileSync(path.join(folder, 'forgotten'), '')
      expect(leftIn(folder)).to.deep.equal(['forgotten'])
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})
