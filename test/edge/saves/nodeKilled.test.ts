import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'chai'
import type { KnownHome } from '../../../edge/saves/compare.ts'
import { type Network, type Program, startNetwork } from '../../support/network.ts'
import { type FakePlayer, openPlayer } from '../agent/fakePlayer.ts'

const lab = path.resolve('edge/titles/latency-lab')
const title = 'counting-lab'

/** Latency Lab that counts, in a file of its home, how often it was started. */
const source = `
import { readFileSync, writeFileSync } from 'node:fs'
let count = 0
try { count = Number(readFileSync('count', 'utf8')) } catch {}
writeFileSync('count', String(count + 1))
import(${JSON.stringify(path.join(lab, 'main.ts'))})
`

describe('a game whose node is killed, in its sandbox', function () {
  this.timeout(120_000)
  let titles: string
  let network: Network
  let other: Program
  let player: FakePlayer

  before(async () => {
    titles = await mkdtemp(path.join(tmpdir(), 'nearcade-titles-'))
    const folder = path.join(titles, title)
    await mkdir(folder)
    const manifest = JSON.parse(await readFile(path.join(lab, 'nearcade.title.json'), 'utf8')) as object
    await writeFile(path.join(folder, 'nearcade.title.json'), JSON.stringify({ ...manifest, id: title }))
    await copyFile(path.join(lab, 'cover.jpg'), path.join(folder, 'cover.jpg'))
    await writeFile(path.join(folder, 'main.ts'), source)
    network = await startNetwork({
      router: { NEARCADE_TITLES: titles, NEARCADE_NODE_LOST_MS: '2000', NEARCADE_HEARTBEAT_MS: '300' },
      edge: {
        NEARCADE_TITLES: titles,
        NEARCADE_SEATS: '1',
        NEARCADE_WARM_SEATS: '0',
        NEARCADE_SITE_NAME: 'One',
        NEARCADE_SAVE_EVERY_MS: '500',
      },
    })
    other = await network.addEdge({ NEARCADE_SITE_NAME: 'Other' })
    player = await openPlayer(network.url)
  })
  after(async () => {
    await player.close()
    await network[Symbol.asyncDispose]()
    await rm(titles, { recursive: true, force: true })
  })

  const until = async (what: string, test: () => Promise<boolean>): Promise<void> => {
    const endMs = performance.now() + 40_000
    while (!(await test().catch(() => false))) {
      if (performance.now() > endMs) throw new Error(`never: ${what}\n${network.router.log()}`)
      await sleep(50)
    }
  }
  const readOn = async (node: 'edge' | 'edge0', file: string): Promise<string> => {
    const homes = path.join(network.dataDir, node, 'homes')
    const [guest = ''] = await readdir(homes)
    return readFile(path.join(homes, guest, file), 'utf8')
  }

  it('finds on the next node what it had saved', async () => {
    const { id, siteName } = await player.create(title)
    await player.connect(id)
    await player.state(id, 'playing')
    const [here, there] = siteName === 'One' ? (['edge', 'edge0'] as const) : (['edge0', 'edge'] as const)
    expect(await readOn(here, `${title}/count`)).to.equal('1')
    await until('the router has it', async () => {
      const known = JSON.parse(await readOn(here, `${title}.saves.json`)) as KnownHome
      return known.files.some((file) => file.path === 'count')
    })
    await (here === 'edge' ? network.edge : other).kill('SIGKILL')
    await player.state(id, 'ready')
    await player.connect(id)
    await player.state(id, 'playing')
    expect(await readOn(there, `${title}/count`)).to.equal('2')
    player.end(id)
    expect((await player.ended(id)).again).to.deep.include({ times: 1, saves: 'kept' })
  })
})
