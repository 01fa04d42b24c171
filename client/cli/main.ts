import { homedir, availableParallelism } from 'node:os'
import { setTimeout as delay } from 'node:timers/promises'
import { CommanderError } from 'commander'
import type { Action } from './context.ts'
import { exitCodes, Fault, knownFault } from './fault.ts'
import { type CommonOptions, createProgram } from './program.ts'
import type { Surroundings } from './surroundings.ts'
import { openProgress, tell, tellFault } from './terminal.ts'

/** Of shells: 128 and the number of SIGINT. */
const interrupted = 130

const stopping = new AbortController()
let isStopping = false
process.on('SIGINT', () => {
  if (isStopping) process.exit(interrupted)
  isStopping = true
  stopping.abort()
})

const around: Surroundings = {
  env: process.env,
  home: homedir(),
  cwd: process.cwd(),
  stdin: process.stdin,
  threads: Math.min(4, availableParallelism()),
  signal: stopping.signal,
  nowMs: () => performance.now(),
  random: Math.random,
  wait: (ms, signal) => delay(ms, undefined, signal === undefined ? {} : { signal }),
}

async function run({ json = false, server }: CommonOptions, action: Action): Promise<void> {
  try {
    const outcome = await action({
      around,
      asks: !json && process.stdin.isTTY && process.stderr.isTTY,
      server,
      openProgress: () => openProgress(process, json, around.nowMs),
    })
    process.exitCode = tell(process, json, outcome)
  } catch (failure) {
    process.exitCode = isStopping ? interrupted : tellFault(process, json, faultFrom(failure))
    if (isStopping) process.stderr.write('Stopped. The same command goes on from here.\n')
  }
}

function faultFrom(failure: unknown): Fault {
  if (failure instanceof Fault) return failure
  const why = failure instanceof Error ? (failure.stack ?? failure.message) : String(failure)
  return knownFault('refused', 'internal', why.split('\n'), failure)
}

try {
  await createProgram(run).parseAsync()
} catch (failure) {
  if (!(failure instanceof CommanderError)) throw failure
  // It has said why by itself; help and version are no faults.
  process.exitCode = failure.exitCode === 0 ? 0 : exitCodes.usage
}
