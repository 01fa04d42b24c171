import { spawn } from 'node:child_process'
import type { ChildProcess, StdioOptions } from 'node:child_process'
import { once } from 'node:events'
import { NearcadeError } from '../../config/errors.ts'
import { sandboxCommand } from './bubblewrap.ts'
import type { SandboxPlan } from './bubblewrap.ts'

/** Writes "0" (the writer itself) into each cgroup before becoming the program: no instant outside the limits. */
const joinCgroups =
  'n=$1; shift; while [ "$n" -gt 0 ]; do echo 0 >"$1" || exit 125; shift; n=$((n-1)); done; exec "$@"'

/**
 * Starts a plan. The environment of this process goes nowhere: not even bwrap's own, which the game could read in
 * /proc/1/environ. `detached`, so that a Ctrl-C at the terminal reaches the owner, who closes games in order.
 * `--die-with-parent` follows the spawning thread, hence: call it on the main thread.
 */
export async function launch(
  plan: SandboxPlan,
  options: { readonly stdio: StdioOptions; readonly cgroupProcsFiles?: readonly string[] },
): Promise<ChildProcess> {
  const command = sandboxCommand(plan)
  const join = options.cgroupProcsFiles ?? []
  const [program, ...args] =
    join.length === 0 ? command : ['sh', '-c', joinCgroups, 'sh', String(join.length), ...join, ...command]
  const child = spawn(program ?? 'bwrap', args, {
    stdio: options.stdio,
    cwd: '/',
    detached: true,
    env: { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', LANG: 'C.UTF-8' },
  })
  try {
    await once(child, 'spawn')
  } catch (error) {
    throw new NearcadeError('start-failed', ['bubblewrap could not be run: install the package bubblewrap'], error)
  }
  return child
}

/** Kills a launched child and waits until no process holds its pipes any more, so: until all of it is gone. */
export async function killLaunched(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL')
  if (!closed.has(child)) await once(child, 'close')
}

const closed = new WeakSet<ChildProcess>()

/** Settles at 'close'; must be called in the tick that `launch` resolves in. */
export function watchClosed(child: ChildProcess): Promise<{ code: number | null; signal: NodeJS.Signals | null }> {
  return new Promise((resolve) => {
    child.once('close', (code, signal) => {
      closed.add(child)
      resolve({ code, signal })
    })
  })
}

/** Keeps the last lines of a stream, bounded in count and length. */
export function keepLines(streams: readonly (NodeJS.ReadableStream | null)[], maxLines = 60): () => readonly string[] {
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
