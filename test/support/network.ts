import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { makeEmptyStore } from './emptyStore.ts'

const root = path.resolve(import.meta.dirname, '../..')

/** One program of ours as its own process, the way `npm start` runs it. */
export interface Program {
  readonly pid: number
  /** Everything it logged so far. */
  log(): string
  /** Settles when it has gone. */
  readonly exited: Promise<unknown>
  kill(signal: NodeJS.Signals): Promise<void>
}

interface Started extends Program {
  readonly message: Record<string, unknown>
}

async function startProgram(bundle: string, env: Record<string, string>, awaited: string): Promise<Started> {
  const child: ChildProcess = spawn(
    process.execPath,
    ['--enable-source-maps', path.join(root, 'dist', bundle)],
    {
      cwd: root,
      env: {
        PATH: process.env['PATH'] ?? '',
        HOME: process.env['HOME'] ?? '/',
        // The temp folder and the mark by which a test run finds what was left behind.
        TMPDIR: tmpdir(),
        LOCAL_RUN: process.env['LOCAL_RUN'] ?? '',
        UV_THREADPOOL_SIZE: '8',
        ...env,
      },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    },
  )
  const lines: string[] = []
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      lines.push(chunk.toString())
      if (lines.length > 5000) lines.shift()
    })
  }
  const exited = once(child, 'exit')
  const message = await new Promise<Record<string, unknown>>((resolve, reject) => {
    child.on('message', (value) => {
      const record = value as Record<string, unknown>
      if (record['kind'] === awaited) resolve(record)
    })
    child.once('exit', (code, signal) =>
      reject(new Error(`${bundle} ended (${code ?? signal}):\n${lines.join('')}`)),
    )
  })
  return {
    pid: child.pid ?? 0,
    message,
    log: () => lines.join(''),
    exited,
    async kill(signal) {
      if (child.exitCode === null && child.signalCode === null) child.kill(signal)
      await exited
    },
  }
}

/** A whole Nearcade on loopback: router and one edge or more as real processes on a temporary state folder. */
export interface Network extends AsyncDisposable {
  readonly url: string
  readonly dataDir: string
  router: Program
  edge: Program
  /** Ends the router and starts it again on the same port and state. */
  restartRouter(signal: NodeJS.Signals): Promise<void>
  startEdge(): Promise<void>
  /** One more node with these settings; the router starts again, because its token lets one node in. */
  addEdge(env: Record<string, string>): Promise<Program>
}

export interface NetworkOptions {
  readonly router?: Record<string, string>
  readonly edge?: Record<string, string>
  /** Address that the router listens on and is reached by. */
  readonly host?: string
}

export async function startNetwork(options: NetworkOptions = {}): Promise<Network> {
  const dataDir = await mkdtemp(path.join(tmpdir(), 'nearcade-test-'))
  const { host = '127.0.0.1' } = options
  const token = `test-${process.pid}-${Date.now()}`
  const routerEnv = {
    NEARCADE_DATA: path.join(dataDir, 'router'),
    NEARCADE_ENROL_TOKEN: token,
    NEARCADE_LOG_LEVEL: 'info',
    NEARCADE_HOST: host,
    ...options.router,
  }
  const startRouter = (port: string, more: Record<string, string> = {}) =>
    startProgram('router.mjs', { ...routerEnv, ...more, NEARCADE_PORT: port }, 'listening')
  const added: Program[] = []
  let router: Program
  let edge: Program
  try {
    await makeEmptyStore(path.join(dataDir, 'router', 'store'))
    const started = await startRouter('0')
    router = started
    const port = String(started.message['port'])
    const startEdge = (name = 'edge', ownToken = token, env: Record<string, string> = {}) =>
      startProgram(
        'edge.mjs',
        {
          NEARCADE_DATA: path.join(dataDir, name),
          NEARCADE_ENROL_TOKEN: ownToken,
          NEARCADE_ROUTER_URL: `ws://${host}:${port}`,
          ...options.edge,
          ...env,
        },
        'online',
      )
    edge = await startEdge()
    const network: Network = {
      url: `http://${host}:${port}`,
      dataDir,
      router,
      edge,
      async restartRouter(signal) {
        await network.router.kill(signal)
        network.router = await startRouter(port)
      },
      async startEdge() {
        network.edge = await startEdge()
      },
      async addEdge(env) {
        const ownToken = `${token}-${added.length}`
        await network.router.kill('SIGTERM')
        network.router = await startRouter(port, { NEARCADE_ENROL_TOKEN: ownToken })
        const program = await startEdge(`edge${added.length}`, ownToken, env)
        added.push(program)
        return program
      },
      async [Symbol.asyncDispose]() {
        await Promise.all(added.map((program) => program.kill('SIGINT')))
        await network.edge.kill('SIGINT')
        await network.router.kill('SIGTERM')
        await rm(dataDir, { recursive: true, force: true })
      },
    }
    return network
  } catch (error) {
    await rm(dataDir, { recursive: true, force: true })
    throw error
  }
}
