import { networkInterfaces } from 'node:os'
import path from 'node:path'
import { build } from './build.mjs'
import { fetchFfmpegOnce } from './ffmpeg.mjs'
import { startFleet } from './fleet.mjs'
import { parseStartOptions, startHelp } from './options.mjs'
import { claimFolder } from './owned.mjs'
import { requireFreePort } from './port.mjs'
import { root, setUp } from './setup.mjs'
import { SetUpError } from './setUpError.mjs'

/** npm hands on the signal that the terminal has already delivered: two within this time are one. */
const sameSignalMs = 500

const say = (/** @type {string} */ line) => console.log(line)

/** @param {import('./options.mjs').StartOptions} options */
async function start({ host, port: wanted }) {
  /** @type {{ close(): void | Promise<void> }[]} */
  const open = []
  const stop = stopOnSignals()
  try {
    const { hasFfmpeg } = await setUp({ say })
    open.push(fetchFfmpegOnce({ root, systemHasOne: hasFfmpeg, say }))
    const port = await requireFreePort(host, wanted)
    const { built, tookMs } = await build({ say })
    if (built) say(`Built in ${(tookMs / 1000).toFixed(1)} s.`)
    stop.onForce(() => {})
    const dataFolder = path.resolve(process.env['NEARCADE_DATA'] || path.join(root, 'data'))
    open.push(claimFolder(dataFolder))

    const fleet = await startFleet({ host, port, dataFolder, env: process.env, say, signal: stop.signal })
    open.push(fleet)
    stop.onForce(fleet.force)
    welcome(host, port, fleet)
    await stop.asked
  } catch (failure) {
    if (!stop.signal.aborted) throw failure
  } finally {
    for (const thing of open.reverse()) await thing.close()
    stop.close()
  }
  say('Stopped.')
}

/**
 * @param {string} host
 * @param {number} port
 * @param {import('./fleet.mjs').Fleet} fleet
 */
function welcome(host, port, { address, operatorAddress, edgeAddress, titles }) {
  const width = Math.max(0, ...titles.map(({ name }) => name.length))
  say('')
  say(`Nearcade is ready: ${address}/`)
  if (host === '0.0.0.0' || host === '::')
    for (const other of otherAddresses()) say(`From other machines: http://${other}:${port}/`)
  for (const { id, name, available } of titles)
    say(`  ${name.padEnd(width)}  ${address}/play/${id}${available ? '' : '  (not playable here)'}`)
  say(`Operator's view: ${operatorAddress}`)
  say(`Health and metrics: ${address}/healthz ${address}/metrics ${edgeAddress}/metrics`)
  say('Ctrl-C stops everything; pressed twice, at once.')
  say('')
}

function otherAddresses() {
  return Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ family, internal }) => family === 'IPv4' && !internal)
    .map(({ address }) => address)
}

/**
 * The first signal asks everything to stop in order, the second ends it. Losing npm counts as the first one.
 */
function stopOnSignals() {
  const asking = new AbortController()
  /** @type {(() => void) | null} */
  let force = null
  let firstAtMs = 0
  const onSignal = () => {
    // Until something runs there is nothing to stop in order.
    if (!force) process.exit(130)
    if (!asking.signal.aborted) {
      firstAtMs = performance.now()
      say('Stopping.')
      asking.abort(new SetUpError('Stopped.'))
    } else if (performance.now() - firstAtMs > sameSignalMs) {
      say('Stopping at once.')
      force()
    }
  }
  const signals = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])
  for (const signal of signals) process.on(signal, onSignal)
  // The reader of our output may be gone before we are.
  process.stdout.on('error', () => {})
  process.stderr.on('error', () => {})

  const parent = process.ppid
  const watch = setInterval(() => {
    if (process.ppid !== parent && !asking.signal.aborted) onSignal()
  }, 1000)
  if (process.env['npm_lifecycle_event'] !== 'start') clearInterval(watch)
  watch.unref()

  return {
    signal: asking.signal,
    asked: new Promise((resolve) => {
      asking.signal.addEventListener('abort', resolve, { once: true })
    }),
    /** @param {() => void} action */
    onForce(action) {
      force = action
    },
    close() {
      clearInterval(watch)
      for (const signal of signals) process.off(signal, onSignal)
    },
  }
}

try {
  const options = parseStartOptions(process.argv.slice(2), process.env)
  if (options.help) say(startHelp)
  else await start(options)
} catch (failure) {
  if (!(failure instanceof SetUpError)) throw failure
  console.error(failure.message)
  process.exitCode = 1
}
