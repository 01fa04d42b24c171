import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

const calmMs = 60_000

/**
 * @param {number} failures in a row, 1 for the first
 * @returns {number} how long to wait before the next try
 */
export function restartDelayMs(failures) {
  return Math.min(500 * 2 ** (failures - 1), 30_000)
}

/**
 * Keeps one program running. A program that ends before `ready` was called is not tried again: what it lacks will not
 * come by itself.
 * @param {object} request
 * @param {string} request.name
 * @param {readonly string[]} request.args of node
 * @param {NodeJS.ProcessEnv} request.env
 * @param {(line: string) => void} request.onLine each line of its output
 * @param {(text: string) => void} request.say
 * @param {(reason: string) => void} request.onFailedStart
 */
export function supervise({ name, args, env, onLine, say, onFailedStart }) {
  /** @type {import('node:child_process').ChildProcess | null} */
  let child = null
  /** @type {NodeJS.Timeout | undefined} */
  let restart
  let stopping = false
  let wasReady = false
  let failures = 0
  let startedAtMs = 0
  /** @type {Promise<void>} */
  let ended = Promise.resolve()

  function launch() {
    startedAtMs = performance.now()
    // A process group of its own: Ctrl-C at the terminal reaches the starter alone, which then stops things in order.
    const own = spawn(process.execPath, args, {
      env,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    })
    child = own
    for (const stream of [own.stdout, own.stderr])
      if (stream) createInterface({ input: stream }).on('line', onLine)
    ended = new Promise((resolve) => {
      own.once('error', (cause) => {
        if (own.pid === undefined) onExit(cause.message)
        resolve()
      })
      own.once('exit', (code, signal) => {
        onExit(signal ? `signal ${signal}` : `code ${code}`)
        resolve()
      })
    })
  }

  /** @param {string} how */
  function onExit(how) {
    child = null
    if (stopping) return
    if (!wasReady) return onFailedStart(`The ${name} stopped while starting (${how}).`)
    failures = performance.now() - startedAtMs > calmMs ? 1 : failures + 1
    const delayMs = restartDelayMs(failures)
    say(`The ${name} stopped unexpectedly (${how}); starting it again in ${delayMs / 1000} s.`)
    restart = setTimeout(launch, delayMs)
  }

  launch()
  return {
    get pid() {
      return child?.pid ?? null
    },
    ready() {
      wasReady = true
    },
    /**
     * Asks it to stop, and makes it stop when it has not done so in time.
     * @param {number} patienceMs
     */
    async stop(patienceMs) {
      stopping = true
      clearTimeout(restart)
      if (!child) return
      child.kill('SIGINT')
      const limit = setTimeout(() => {
        say(`The ${name} does not stop by itself; ending it.`)
        killGroup()
      }, patienceMs)
      await ended
      clearTimeout(limit)
    },
    kill() {
      stopping = true
      clearTimeout(restart)
      killGroup()
    },
  }

  function killGroup() {
    if (!child?.pid) return
    try {
      process.kill(-child.pid, 'SIGKILL')
    } catch {
      child.kill('SIGKILL')
    }
  }
}
