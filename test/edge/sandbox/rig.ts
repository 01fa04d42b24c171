import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startGame } from '../../../edge/sandbox/game.ts'
import type { GameExit, RunningGame, SandboxLimits, SandboxSpec } from '../../../edge/sandbox/sandbox.ts'

const mebibyte = 1024 * 1024
export const roomy: SandboxLimits = {
  memoryBytes: 256 * mebibyte,
  maxProcesses: 64,
  cpuCores: 2,
  tmpBytes: 16 * mebibyte,
}

let seats = 40

export interface Rig extends AsyncDisposable {
  readonly folder: string
  readonly seat: number
  readonly spec: SandboxSpec
  start(script: string, change?: Partial<SandboxSpec>): Promise<RunningGame>
  /** Runs a shell script as the game and gives what it printed and how it ended. */
  run(script: string, change?: Partial<SandboxSpec>): Promise<{ lines: readonly string[]; exit: GameExit }>
}

/** A session's folder with a stand-in socket where the display's would be; the sandbox is real. */
export async function openRig(name: string): Promise<Rig> {
  const folder = await mkdtemp(join(tmpdir(), `nearcade-test-${name}-`))
  const seat = seats++
  const displaySocketFile = join(folder, 'X0')
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(displaySocketFile, resolve))
  const authFile = join(folder, 'authority')
  await writeFile(authFile, `cookie of ${name}`, { mode: 0o644 })
  const homeDir = join(folder, 'home')
  await mkdir(homeDir)
  const spec: SandboxSpec = {
    sessionId: `test-${name}`,
    seat,
    command: [],
    env: {},
    readOnly: {},
    homeDir,
    displaySocketFile,
    displayNumber: 0,
    authFile,
    soundSocketFile: null,
    limits: roomy,
  }
  const games = new Set<RunningGame>()
  const start: Rig['start'] = async (script, change = {}) => {
    const game = await startGame({ ...spec, ...change, command: ['sh', '-c', script] })
    games.add(game)
    return game
  }
  return {
    folder,
    seat,
    spec,
    start,
    async run(script, change) {
      const game = await start(script, change)
      const exit = await game.exited
      return { lines: game.log(), exit }
    },
    async [Symbol.asyncDispose]() {
      for (const game of games) await game[Symbol.asyncDispose]()
      await new Promise((resolve) => server.close(resolve))
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** Asks again every few ms until it holds; fails loudly instead of hanging. */
export async function until(
  what: string,
  holds: () => boolean | Promise<boolean>,
  timeoutMs = 5000,
): Promise<void> {
  const deadline = performance.now() + timeoutMs
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`not within ${timeoutMs} ms: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
