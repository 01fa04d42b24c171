import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { chown, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { expect } from 'chai'
import { build } from 'esbuild'
import { cgroupMounts } from '../../../edge/sandbox/cgroup.ts'
import { ownerIsGone, ownerTag } from '../../../edge/sandbox/host.ts'
import { shmFolder, shmPrefix, sweepLeftovers } from '../../../edge/sandbox/leftovers.ts'
import { processesWith } from './processes.ts'
import { until } from './rig.ts'

const parent = new URL('./parent.ts', import.meta.url).pathname
const sweep = new URL('./sweep.ts', import.meta.url).pathname
const ours = (): number[] => [...processesWith('sleep\u0000801')]

describe('what a killed session process leaves', function () {
  this.timeout(30_000)
  let sessionDir: string
  let child: ChildProcess | null = null
  beforeEach(async () => {
    sessionDir = await mkdtemp(join(tmpdir(), 'nearcade-test-killed-'))
  })
  afterEach(async () => {
    child?.kill('SIGKILL')
    await rm(sessionDir, { recursive: true, force: true })
  })

  const startAndKill = async (mode: string): Promise<{ pid: number; screenFolder: string }> => {
    child = spawn(process.execPath, ['--import', 'tsx', parent, sessionDir, mode], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const [line] = (await once(createInterface(child.stdout ?? process.stdin), 'line')) as [string]
    const { framebufferFile } = JSON.parse(line) as { framebufferFile: string }
    child.kill('SIGKILL')
    await once(child, 'exit')
    return { pid: child.pid ?? 0, screenFolder: dirname(framebufferFile) }
  }
  const cgroupsOf = (pid: number): boolean =>
    cgroupMounts().some(
      ({ path }) => existsSync(join(path, 'nearcade')) && existsSync(join(path, 'nearcade', String(pid))),
    )

  it('is no process: game, display and sound die with it; the sweep takes its folders', async () => {
    const { pid, screenFolder } = await startAndKill('run')
    await until('the game is gone', () => ours().length === 0)
    await until('the display is gone', () => processesWith('/usr/bin/Xvfb').every((x) => x < pid))
    const swept = await sweepLeftovers()
    expect(swept.screens).to.be.greaterThan(0)
    expect(existsSync(screenFolder)).to.equal(false)
    expect(cgroupsOf(pid)).to.equal(false)
  })

  it('may be a frozen game, which the sweep ends', async () => {
    await startAndKill('freeze')
    await sweepLeftovers()
    await until('the game is gone', () => ours().length === 0)
  })

  it("stays where it is another user's, and keeps nothing else from being swept", async function () {
    if (process.getuid?.() !== 0) this.skip()
    const [namespace, pid, start] = ownerTag().split('-')
    const gone = `${shmPrefix}${namespace}-${pid}-${Number(start) + 1}-`
    const [foreign, own] = [join(shmFolder, `${gone}1`), join(shmFolder, `${gone}2`)]
    for (const path of [foreign, own]) await mkdir(path)
    await writeFile(join(foreign, 'screen'), '')
    await chown(own, 61_047, 61_047)
    try {
      // As text: that user may be barred from the folder that the project and its modules are in.
      const { outputFiles } = await build({
        entryPoints: [sweep],
        bundle: true,
        write: false,
        format: 'esm',
        platform: 'node',
      })
      const sweeper = spawn(process.execPath, ['--input-type=module', '-'], {
        stdio: ['pipe', 'pipe', 'inherit'],
        cwd: '/',
        env: {},
        uid: 61_047,
        gid: 61_047,
      })
      sweeper.stdin.end(outputFiles[0]?.contents)
      const [line] = (await once(createInterface(sweeper.stdout), 'line')) as [string]
      expect(JSON.parse(line)).to.include(foreign)
      expect(existsSync(foreign)).to.equal(true)
      expect(existsSync(own)).to.equal(false)
    } finally {
      for (const path of [foreign, own]) await rm(path, { recursive: true, force: true })
    }
  })

  it('is told from what living processes own', () => {
    expect(ownerIsGone(ownerTag())).to.equal(false)
    const [namespace, pid, start] = ownerTag().split('-')
    expect(ownerIsGone(`${namespace}-${pid}-${Number(start) + 1}`), 'a pid used again').to.equal(true)
    expect(ownerIsGone(`1-${pid}-${Number(start) + 1}`), "another container's").to.equal(false)
    expect(ownerIsGone('something else')).to.equal(false)
  })
})
