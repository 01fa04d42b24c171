import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import { pino } from 'pino'
import { parseEdgeSettings } from '../../../config/settings/edge.ts'
import { parseRouterSettings } from '../../../config/settings/router.ts'
import { type Agent, startAgent } from '../../../edge/agent/agent.ts'
import { type Router, startRouter } from '../../../server/router.ts'
import { openPgliteStore } from '../../../server/store/pgliteStore.ts'
import type { Store } from '../../../server/store/store.ts'
import { type Cable, layCable } from '../agent/cable.ts'
import { type FakePlayer, openPlayer } from '../agent/fakePlayer.ts'

const title = 'latency-lab'
const log = pino({ level: process.env['TEST_LOG'] ?? 'silent' })
const entry = fileURLToPath(new URL('fakeGame.ts', import.meta.url))

interface Node {
  readonly agent: Agent
  readonly cable: Cable
  readonly dataDir: string
}

describe('saves that travel', function () {
  this.timeout(60_000)
  let folder: string
  let store: Store
  let router: Router
  let player: FakePlayer
  let nodes: Node[]

  const node = async (name: string, env: Record<string, string> = {}): Promise<Node> => {
    const cable = await layCable(() => router.port)
    const token = `token-${name}`
    const dataDir = path.join(folder, name)
    await router.close()
    router = await route({ NEARCADE_ENROL_TOKEN: token }, router.port)
    const agent = await startAgent(
      parseEdgeSettings({
        NEARCADE_ROUTER_URL: `ws://127.0.0.1:${cable.port}`,
        NEARCADE_DATA: dataDir,
        NEARCADE_TITLES: path.resolve('edge/titles'),
        NEARCADE_ENROL_TOKEN: token,
        NEARCADE_SEATS: '1',
        NEARCADE_WARM_SEATS: '0',
        NEARCADE_SITE_NAME: name,
        NEARCADE_SAVE_EVERY_MS: '300',
        ...env,
      }),
      { log, sessionEnv: { PATH: process.env['PATH'] ?? '' }, sessionEntry: entry },
    )
    await agent.accepted
    const made = { agent, cable, dataDir }
    nodes.push(made)
    return made
  }
  const route = (env: Record<string, string>, port = 0): Promise<Router> =>
    startRouter(
      parseRouterSettings({
        NEARCADE_PORT: String(port),
        NEARCADE_DATA: path.join(folder, 'router'),
        NEARCADE_TITLES: path.resolve('edge/titles'),
        NEARCADE_WEB: folder,
        NEARCADE_HEARTBEAT_MS: '200',
        NEARCADE_NODE_LOST_MS: '1500',
        ...env,
      }),
      { log, store: { ...store, close: async () => {} } },
    )
  const until = async <T>(what: string, look: () => Promise<T | null>): Promise<T> => {
    const endMs = performance.now() + 20_000
    for (;;) {
      const found = await look()
      if (found !== null) return found
      if (performance.now() > endMs) throw new Error(`never: ${what}`)
      await sleep(30)
    }
  }
  const homeOf = async ({ dataDir }: Node): Promise<string> => {
    const [guest = ''] = await readdir(path.join(dataDir, 'homes'))
    return path.join(dataDir, 'homes', guest, title)
  }
  const countOn = async (where: Node): Promise<number> =>
    Number(await readFile(path.join(await homeOf(where), 'deep', 'count'), 'utf8'))
  const play = async (): Promise<string> => {
    const { id } = await player.create(title)
    await player.state(id, 'playing')
    return id
  }
  const end = async (id: string): Promise<void> => {
    player.end(id)
    await player.ended(id)
  }
  /** The router's newest version of the player's saves once `test` holds for it. */
  const kept = (what: string, test: (home: { version: number; closed: boolean }) => boolean) =>
    until(what, async () => {
      const guest = (await readdir(path.join(nodes[0]?.dataDir ?? '', 'homes')))[0] ?? ''
      const home = (await store.saves.homes(guest, title)).find(({ slot }) => slot === 1)
      return home !== undefined && test(home) ? home : null
    })

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'nearcade-saves-'))
    store = await openPgliteStore(null)
    router = await route({})
    nodes = []
  })
  afterEach(async () => {
    await player.close()
    for (const { agent, cable } of nodes) {
      await agent.close()
      await cable[Symbol.asyncDispose]()
    }
    await router.close()
    await store.close()
    await rm(folder, { recursive: true, force: true })
  })

  it('are on another node the next time', async () => {
    const first = await node('one')
    player = await openPlayer(`http://127.0.0.1:${router.port}`)
    await end(await play())
    await kept('the last saves', ({ closed }) => closed)
    await first.agent.close()
    const second = await node('two')
    await player.reconnect()
    await end(await play())
    expect(await countOn(second)).to.equal(2)
  })

  it('go on elsewhere when their node is lost; it comes back, and overwrites nothing', async () => {
    const first = await node('one')
    player = await openPlayer(`http://127.0.0.1:${router.port}`)
    const id = await play()
    await kept('a first snapshot', ({ version }) => version > 0)
    const second = await node('two')
    await player.reconnect()
    await player.state(id, 'playing')
    first.cable.pull()
    await writeFile(path.join(await homeOf(first), 'deep', 'count'), '1000')
    await until('a new game elsewhere', async () =>
      (await countOn(second).catch(() => 0)) === 2 ? true : null,
    )
    const { version } = await kept('its snapshot', (home) => home.version > 1)
    first.cable.plug()
    await until('the old game is ended', async () => {
      const health = (await (await fetch(`http://127.0.0.1:${first.agent.httpPort}/healthz`)).json()) as {
        sessions: number
        online: boolean
      }
      return health.online && health.sessions === 0 ? true : null
    })
    await end(id)
    await kept('the last saves', ({ closed }) => closed)
    expect(await countOn(second)).to.equal(2)
    expect(await countOn(first), 'what was not saved in time is not touched either').to.equal(1000)
    expect(version).to.be.greaterThan(1)
  })
})
