import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { Duplex } from 'node:stream'
import { NearcadeError } from '../../config/errors.ts'
import { sandboxCommand } from './bubblewrap.ts'
import type { SandboxPlan } from './bubblewrap.ts'
import type { CallWatch } from './callWatch.ts'
import { killTree } from './processTree.ts'

/** Writes "0" (the writer itself) into each cgroup before becoming the program: no instant outside the limits. */
const joinCgroups =
  'n=$1; shift; while [ "$n" -gt 0 ]; do echo 0 >"$1" || exit 125; shift; n=$((n-1)); done; exec "$@"'

export interface Launched {
  readonly child: ChildProcess
  readonly pid: number
  /** Settles when the child is gone and nothing of its sandbox holds its pipes any more. */
  readonly closed: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>
  /** Last lines of stderr, and of stdout where it is piped and `logStdout` asked for it. */
  log(): readonly string[]
  /** Kills all of it and waits for `closed`. Idempotent. */
  kill(): Promise<void>
}

/**
 * Starts a plan. The environment of this process goes nowhere: not even to bwrap itself, whose own the game could read
 * in /proc/1/environ. `detached`, so that a Ctrl-C at the terminal reaches the owner, who closes games in order.
 * `--die-with-parent` follows the spawning thread, hence: call it on the main thread.
 */
export async function launch(
  plan: SandboxPlan,
  options: {
    /** From stdin on; stderr is always a pipe. */
    readonly stdin?: 'ignore' | 'pipe'
    /** Or a descriptor to write to. */
    readonly stdout: 'ignore' | 'pipe' | number
    readonly logStdout?: boolean
    readonly extraPipes?: number
    readonly cgroupProcsFiles?: readonly string[]
    /** Sees its calls from the first one on. */
    readonly watch?: CallWatch
  },
): Promise<Launched> {
  const { watch, extraPipes = 0 } = options
  const talkAt = 3 + extraPipes
  const command = [...(watch?.prefix(talkAt) ?? []), ...sandboxCommand(plan)]
  const join = options.cgroupProcsFiles ?? []
  const [program, ...args] =
    join.length === 0 ? command : ['sh', '-c', joinCgroups, 'sh', String(join.length), ...join, ...command]
  const child = spawn(program ?? 'bwrap', args, {
    stdio: [
      options.stdin ?? 'ignore',
      options.stdout,
      'pipe',
      ...Array<'pipe'>(extraPipes + (watch === undefined ? 0 : 1)).fill('pipe'),
    ],
    cwd: '/',
    detached: true,
    env: { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', LANG: 'C.UTF-8' },
  })
  const log = keepLines([child.stderr, options.logStdout === true ? child.stdout : null])
  const closed = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) => {
    child.once('close', (code, signal) => resolve({ code, signal }))
  })
  try {
    await once(child, 'spawn')
  } catch (error) {
    throw new NearcadeError('start-failed', ['bwrap could not be run: install the package bubblewrap'], error)
  }
  const talk = child.stdio[talkAt]
  if (watch !== undefined && talk instanceof Duplex) await watch.begin(child.pid ?? 0, talk)
  return {
    child,
    pid: child.pid ?? 0,
    closed,
    log,
    async kill() {
      if (child.exitCode === null && child.signalCode === null) await killTree(child.pid ?? 0)
      await closed
    },
  }
}

/** Keeps the last lines of a stream, bounded in count and length. */
function keepLines(
  streams: readonly (NodeJS.ReadableStream | null)[],
  maxLines = 60,
): () => readonly string[] {
  const lines: string[] = []
  for (const stream of streams) {
    let rest = ''
    stream?.setEncoding('utf8')
    stream?.on('data', (text: string) => {
      const parts = (rest + text).split('\n')
      rest = (parts.pop() ?? '').slice(-500)
      for (const line of parts) lines.push(line.slice(0, 500))
      lines.splice(0, lines.length - maxLines)
    })
    stream?.on('end', () => rest !== '' && lines.push(rest))
  }
  return () => lines.slice(-maxLines)
}
