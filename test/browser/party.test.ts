import { expect } from 'chai'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { type PlacementReport, placementReport } from '../../config/protocol/placement.ts'
import { perfect, steady } from '../link/conditions.ts'
import { leadThrough, type Link, openLink } from '../link/link.ts'
import { launchChromium } from '../support/chromium.ts'
import { type Network, startNetwork } from '../support/network.ts'
import { probeScript } from '../support/probeScript.ts'
import { endPlay, newContext, sessionIdOf, untilLab } from './lab.ts'
import { edgeEnv, siteWithPort, untilProbed } from './linkedSites.ts'

/** Sites of one node each on this machine, and what each player's browser sends there takes so long each way, ms. */
const sites = [
  { name: 'Here', port: 47_500, oneWayMs: [4, 70] },
  { name: 'Between', port: 47_510, oneWayMs: [30, 32] },
  { name: 'There', port: 47_520, oneWayMs: [70, 4] },
] as const

describe('two friends, each next to a site of their own', function () {
  this.timeout(120_000)
  let network: Network
  let browser: Browser
  const links: Link[][] = []

  before(async () => {
    const delayed = (delayMs: number) =>
      openLink({ up: steady({ ...perfect, delayMs }, 1), down: steady({ ...perfect, delayMs }, 2) })
    for (const player of [0, 1]) {
      const own: Link[] = []
      for (const { oneWayMs } of sites) own.push(await delayed(oneWayMs[player] ?? 0))
      links.push(own)
    }
    const [here, between, there] = sites
    network = await startNetwork({ edge: edgeEnv(here) })
    await network.addEdge(edgeEnv(there))
    await network.addEdge(edgeEnv(between))
    browser = await launchChromium()
  })
  after(async () => {
    await browser?.close()
    await network?.[Symbol.asyncDispose]()
    for (const link of links.flat()) await link[Symbol.asyncDispose]()
  })

  /** A player in a network of their own, whose way to each node leads through a link of their own. */
  async function friend(player: number): Promise<Page> {
    const network = { 'x-forwarded-for': `198.51.${player}.7` }
    const context: BrowserContext = await newContext(browser, { extraHTTPHeaders: network })
    await leadThrough(context, {
      async port(address, port) {
        const site = siteWithPort(sites, port)
        const link = links[player]?.[site]
        if (link === undefined) throw new Error(`no site has port ${port}`)
        return link.port(address, port)
      },
    })
    const page = await context.newPage()
    await page.addInitScript({ content: await probeScript() })
    return page
  }
  /** Looks at the library until the nearest site is found; on a busy machine its figure may still be high. */
  async function measured(page: Page, name: string): Promise<void> {
    await page.goto(network.url)
    await page.waitForFunction(
      (site) => document.querySelector('[data-role=near]')?.textContent?.startsWith(site) === true,
      name,
    )
  }
  const placementOf = async (page: Page): Promise<PlacementReport> =>
    placementReport.parse(
      await page.evaluate(
        async (id) => (await (await fetch(`/api/sessions/${id}/placement`)).json()) as unknown,
        await sessionIdOf(page),
      ),
    )

  it('play together on the site between them, and both see the game', async () => {
    await untilProbed(network, sites.length)
    const [ana, rui] = [await friend(0), await friend(1)]
    await measured(ana, 'Here')
    await measured(rui, 'There')
    await ana.goto(`${network.url}/party/new?title=latency-lab`)
    await ana.waitForURL(/\/party\/[a-z2-9]{12}$/)
    await rui.goto(ana.url())
    await rui.getByRole('button', { name: 'Join' }).click()
    await rui.getByRole('button', { name: 'I am ready' }).click()
    await ana.getByText('Everybody is ready').waitFor()
    await ana.getByRole('button', { name: 'Start' }).click()
    for (const page of [ana, rui]) {
      await page.waitForURL(/\/play\/latency-lab\?session=/)
      await page.waitForFunction(() => window.nearcade?.phase === 'playing')
      const { presses } = await untilLab(page, 'the lab', () => true)
      await page.keyboard.press('KeyB')
      await untilLab(page, 'the key counts', (seen) => seen.presses === presses + 1)
      const report = await placementOf(page)
      const chosen = report.candidates.find(({ nodeId }) => nodeId === report.chosenNodeId)
      expect(chosen?.siteName).to.equal('Between')
      expect(report.inWords).to.match(/^Between: (you are the farthest,|the farthest of you is) /)
      expect(report.party?.players).to.equal(2)
    }
    for (const page of [ana, rui]) await endPlay(page)
  })
})
