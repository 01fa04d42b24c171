import { randomBytes } from 'node:crypto'
import { availableParallelism, tmpdir } from 'node:os'
import path from 'node:path'
import { humanLine, openLog } from './logs.mjs'
import { openTempFolder } from './owned.mjs'
import { localHost, requireFreePort } from './port.mjs'
import { descendantsOf, isRunning, killAll, listProcesses, processesMarked } from './processes.mjs'
import { splitEnvironment } from './programEnv.mjs'
import { listTitles, routerReady, titlesReady } from './ready.mjs'
import { root } from './setup.mjs'
import { SetUpError } from './setUpError.mjs'
import { supervise } from './supervisor.mjs'

const routerLimitMs = 60_000
const titlesLimitMs = 20_000
const drainMs = 15_000
const routerStopMs = 8_000

/**
 * The router and one edge node of this machine as running programs.
 * @typedef {object} Fleet
 * @property {string} address of the web page
 * @property {string} operatorAddress of the operator's page, with the token in it
 * @property {string} edgeAddress of the edge's health and metrics
 * @property {import('./ready.mjs').ListedTitle[]} titles
 * @property {() => Promise<void>} close ends sessions politely, then everything else
 * @property {() => void} force ends everything now; `close` then returns at once
 */

/**
 * @param {object} request
 * @param {string} request.host
 * @param {number} request.port
 * @param {string} request.dataFolder absolute
 * @param {Readonly<Record<string, string | undefined>>} request.env
 * @param {(line: string) => void} request.say
 * @param {AbortSignal} [request.signal] gives up while starting
 * @param {string} [request.out] folder of the build, relative to the root
 * @returns {Promise<Fleet>}
 * @throws {SetUpError} when one of them does not come up; nothing is left running then
 */
export async function startFleet({ host, port, dataFolder, env, say, signal, out = 'dist' }) {
  const dist = path.join(root, out)
  const edgePort = Number(env['NEARCADE_EDGE_PORT'] || 0) || (await requireFreePort('127.0.0.1', 0))
  const address = `http://${localHost(host)}:${port}`
  const operatorToken = env['NEARCADE_OPERATOR_TOKEN'] || randomBytes(24).toString('base64url')
  const temp = openTempFolder(tmpdir(), 'nearcade-')
  const settings = await programSettings(dist, {
    ...env,
    NEARCADE_HOST: host,
    NEARCADE_PORT: String(port),
    NEARCADE_TITLES: path.resolve(env['NEARCADE_TITLES'] || path.join(root, 'edge/titles')),
    NEARCADE_WEB: path.resolve(env['NEARCADE_WEB'] || path.join(dist, 'client')),
    NEARCADE_ENROL_TOKEN: env['NEARCADE_ENROL_TOKEN'] || randomBytes(24).toString('base64url'),
    NEARCADE_OPERATOR_TOKEN: operatorToken,
    NEARCADE_ROUTER_URL: env['NEARCADE_ROUTER_URL'] || address.replace(/^http/, 'ws'),
    NEARCADE_EDGE_PORT: String(edgePort),
  }).catch((failure) => {
    temp.close()
    throw failure
  })
  const mark = `LOCAL_RUN=${env['LOCAL_RUN'] ?? ''}/${path.basename(temp.path)}`
  /** @type {NodeJS.ProcessEnv} */
  const shared = { TMPDIR: temp.path, LOCAL_RUN: mark.slice('LOCAL_RUN='.length) }
  const giveUp = new AbortController()
  if (signal) signal.addEventListener('abort', () => giveUp.abort(signal.reason), { once: true })

  /** @type {{ close(): void }[]} */
  const logs = []
  const router = launch('router', { ...settings.router, NEARCADE_DATA: path.join(dataFolder, 'router') })
  /** @type {ReturnType<typeof launch> | null} */
  let edge = null
  try {
    await routerReady(address, limited(giveUp.signal, routerLimitMs)).catch(explain('router'))
    router.ready()
    edge = launch('edge', {
      ...settings.edge,
      NEARCADE_DATA: path.join(dataFolder, 'edge'),
      UV_THREADPOOL_SIZE: env['UV_THREADPOOL_SIZE'] || String(Math.max(8, availableParallelism() * 2)),
    })
    const titles = await titlesReady(address, limited(giveUp.signal, titlesLimitMs)).catch(
      async (failure) => {
        if (giveUp.signal.aborted) throw failure
        say('No title can be played yet; see the messages above and the log of the edge.')
        return listTitles(address)
      },
    )
    edge.ready()
    // What stands behind # stays in the browser.
    const operatorAddress = `${address}/operator#token=${encodeURIComponent(operatorToken)}`
    return { address, operatorAddress, edgeAddress: `http://127.0.0.1:${edgePort}`, titles, close, force }
  } catch (failure) {
    force()
    await close()
    throw giveUp.signal.aborted ? giveUp.signal.reason : failure
  }

  /**
   * @param {'router' | 'edge'} name
   * @param {NodeJS.ProcessEnv} programEnv
   */
  function launch(name, programEnv) {
    const file = path.join(dataFolder, 'logs', `${name}.log`)
    const log = openLog(file)
    logs.push(log)
    return supervise({
      name,
      args: [
        '--enable-source-maps',
        '--import',
        path.join(root, 'server/local/leash.mjs'),
        path.join(dist, `${name}.mjs`),
      ],
      env: { ...programEnv, ...shared },
      onLine(line) {
        log.write(line)
        const text = humanLine(line)
        if (text !== null) say(`${name.padEnd(6)} | ${text}`)
      },
      say,
      onFailedStart: (reason) => giveUp.abort(new SetUpError(`${reason} The log is ${file}`)),
    })
  }

  /**
   * @param {string} name
   * @returns {(failure: unknown) => never}
   */
  function explain(name) {
    return (failure) => {
      if (giveUp.signal.aborted) throw failure
      const file = path.join(dataFolder, 'logs', `${name}.log`)
      throw new SetUpError(`The ${name} did not answer within ${routerLimitMs / 1000} s. The log is ${file}`)
    }
  }

  function force() {
    edge?.kill()
    router.kill()
  }

  async function close() {
    const own = [edge?.pid, router.pid].filter((pid) => typeof pid === 'number')
    const before = listProcesses().filter(({ pid }) => own.includes(pid))
    const family = [...before, ...own.flatMap((pid) => descendantsOf(listProcesses(), pid))]
    await edge?.stop(drainMs)
    await router.stop(routerStopMs)
    const left = killAll([...family.filter(isRunning), ...processesMarked(mark)])
    if (left.length > 0)
      say(`Ended what was left: ${left.map(({ command }) => command.slice(0, 60)).join('; ')}`)
    await sweep(dist)
    for (const log of logs) log.close()
    temp.close()
  }
}

/**
 * @param {AbortSignal} signal
 * @param {number} limitMs
 */
function limited(signal, limitMs) {
  return AbortSignal.any([signal, AbortSignal.timeout(limitMs)])
}

/**
 * Frozen games and screens of an edge that had no time to end them.
 * @param {string} dist
 */
async function sweep(dist) {
  /** @type {typeof import('../../edge/sandbox/leftovers.ts')} */
  const { sweepLeftovers } = await import(path.join(dist, 'leftovers.mjs'))
  await sweepLeftovers()
}

/**
 * Checks all settings before anything runs.
 * @param {string} dist
 * @param {Readonly<Record<string, string | undefined>>} env
 */
async function programSettings(dist, env) {
  /** @type {typeof import('../../config/settings/router.ts')} */
  const router = await import(path.join(dist, 'settings/router.mjs'))
  /** @type {typeof import('../../config/settings/edge.ts')} */
  const edge = await import(path.join(dist, 'settings/edge.mjs'))
  const [routerEnv = {}, edgeEnv = {}] = splitEnvironment(env, [
    router.routerSettingNames,
    edge.edgeSettingNames,
  ])
  try {
    router.parseRouterSettings(routerEnv)
    edge.parseEdgeSettings(edgeEnv)
  } catch (cause) {
    throw new SetUpError(cause instanceof Error ? cause.message : String(cause), { cause })
  }
  return { router: routerEnv, edge: edgeEnv }
}
