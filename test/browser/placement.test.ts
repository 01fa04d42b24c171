import { expect } from 'chai'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { type PlacementReport, placementReport } from '../../config/protocol/placement.ts'
import { perfect, steady } from '../link/conditions.ts'
import { leadThrough, type Link, openLink, type Plans } from '../link/link.ts'
import { launchChromium } from '../support/chromium.ts'
import { type Network, startNetwork } from '../support/network.ts'
import { probeScript } from '../support/probeScript.ts'
import { endPlay, newContext, sessionIdOf, untilLab } from './lab.ts'
import { edgeEnv, metricsPort, siteWithPort, untilProbed } from './linkedSites.ts'

/** Sites of one node each, all on this machine; what the browser sends there takes so long each way. */
const sites = [
  { name: 'Near', oneWayMs: 8, port: 47_400 },
  { name: 'Middle', oneWayMs: 25, port: 47_410 },
  { name: 'Far', oneWayMs: 45, port: 47_420 },
] as const

const plans = (delayMs: number): Plans => ({
  up: steady({ ...perfect, delayMs }, 1),
  down: steady({ ...perfect, delayMs }, 2),
})

/** What a machine that is busy with three nodes and a browser adds to the least of a few measurements. */
const noiseMs = 30

interface Played {
  readonly site: string
  readonly report: PlacementReport
  readonly rttMs: number
  /** The least that the node itself has measured. */
  readonly nodeRttMs: number
}

describe('a player among several nodes, each behind a link of its own', function () {
  this.timeout(120_000)
  let network: Network
  let browser: Browser
  const links: Link[] = []

  before(async () => {
    for (const { oneWayMs } of sites) links.push(await openLink(plans(oneWayMs)))
    // The farthest first: it is not the order that counts.
    const [near, middle, far] = sites
    network = await startNetwork({ edge: edgeEnv(far) })
    await network.addEdge(edgeEnv(middle))
    await network.addEdge(edgeEnv(near))
    browser = await launchChromium()
  })
  after(async () => {
    await browser?.close()
    await network?.[Symbol.asyncDispose]()
    for (const link of links) await link[Symbol.asyncDispose]()
  })

  const linkTo = (port: number): Link | undefined => links[siteWithPort(sites, port)]

  /** A new player, whose way to each node leads through that node's link. */
  async function newPlayer(): Promise<BrowserContext> {
    const context = await newContext(browser)
    await leadThrough(context, {
      async port(address, port) {
        const link = linkTo(port)
        if (link === undefined) throw new Error(`no site has port ${port}`)
        return link.port(address, port)
      },
    })
    return context
  }
  async function placementOf(page: Page): Promise<PlacementReport> {
    const id = await sessionIdOf(page)
    const answer = await page.evaluate(async (session) => {
      const response = await fetch(`/api/sessions/${session}/placement`)
      return (await response.json()) as unknown
    }, id)
    return placementReport.parse(answer)
  }
  /** The least that the node has seen of the way, once that is no more than `mostMs`: the first answers come while the machine is busy. */
  async function nodeRtt(at: (typeof sites)[number], mostMs: number): Promise<number> {
    for (;;) {
      const metrics = await (await fetch(`http://127.0.0.1:${metricsPort(at)}/metrics`)).text()
      const [, ms] = /^nearcade_edge_session_path_rtt_ms\{[^}]*\} ([\d.]+)$/m.exec(metrics) ?? []
      if (ms !== undefined && Number(ms) <= mostMs) return Number(ms)
      await new Promise((resolve) => setTimeout(resolve, 200))
    }
  }

  /**
   * Looks at the library until it has the way to the nearest site right, then plays for a moment in the same tab.
   * @returns where it played, and what the router says of why
   */
  async function play(at: (typeof sites)[number]): Promise<Played> {
    const { name, oneWayMs } = at
    const context = await newPlayer()
    const page = await context.newPage()
    await page.addInitScript({ content: await probeScript() })
    await page.goto(network.url)
    await page.waitForFunction(
      ([site, least, most]) => {
        const [, where, ms] =
          /^(\D+)(\d+) ms$/.exec(document.querySelector('[data-role=near]')?.textContent ?? '') ?? []
        return where === site && Number(ms) >= least && Number(ms) <= most
      },
      [name, 2 * oneWayMs - 1, 2 * oneWayMs + noiseMs] as const,
    )
    await page.goto(`${network.url}/play/latency-lab?autostart=1`)
    await page.waitForFunction(() => window.nearcade?.phase === 'playing')
    const { presses } = await untilLab(page, 'the lab', () => true)
    await page.keyboard.press('KeyB')
    await untilLab(page, 'the key counts', (seen) => seen.presses === presses + 1)
    const report = await placementOf(page)
    const measured = await page.waitForFunction(() => window.nearcade.stats().stream?.rttMs ?? 0)
    const rttMs = Number(await measured.jsonValue())
    const nodeRttMs = await nodeRtt(at, 2 * oneWayMs + noiseMs)
    await endPlay(page)
    await context.close()
    const chosen = report.candidates.find(({ nodeId }) => nodeId === report.chosenNodeId)
    return { site: chosen?.siteName ?? 'nowhere', report, rttMs, nodeRttMs }
  }

  it('plays on the nearest one as its browser measured it, and on another one once that is 80 ms farther', async () => {
    await untilProbed(network, sites.length)
    const first = await play(sites[0])
    expect(first.site).to.equal('Near')
    expect(first.rttMs, 'the game came through that link').to.be.at.least(2 * sites[0].oneWayMs - 2)
    expect(first.nodeRttMs, 'the node sees what the browser sees').to.be.at.least(2 * sites[0].oneWayMs - 1)
    expect(first.report.candidates[0]).to.deep.include({ siteName: 'Near', rttSource: 'probe' })
    const nearMs = 2 * sites[0].oneWayMs
    expect(first.report.candidates[0]?.rttMs).to.be.within(nearMs - 1, nearMs + noiseMs)

    const [near] = links
    const { oneWayMs } = sites[0]
    await near?.set('up', { delayMs: oneWayMs + 40 })
    await near?.set('down', { delayMs: oneWayMs + 40 })
    const next = await play(sites[1])
    expect(next.site).to.equal('Middle')
    const left = next.report.candidates.find(({ siteName }) => siteName === 'Near')
    expect(left).to.deep.include({ rttSource: 'probe', ruledOut: null })
    expect(left?.rttMs).to.be.within(nearMs + 79, nearMs + 150)
    expect(next.rttMs).to.be.at.least(2 * sites[1].oneWayMs - 2)
  })
})
