import { expect } from 'chai'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { launchChromium } from '../support/chromium.ts'
import { canHaveLaptop, type Laptop, openLaptop } from '../support/laptop.ts'
import { type Network, startNetwork } from '../support/network.ts'
import { descendants } from '../support/processes.ts'
import { endPlay, newContext, playLab, sessionIdOf, stateOf, untilLab } from './lab.ts'

const gamePids = (network: Network): number[] =>
  descendants(network.edge.pid)
    .filter(({ commandLine }) => commandLine.includes('main.cjs') && !commandLine.includes('bwrap'))
    .map(({ pid }) => pid)

/** Pictures on the display, on the page's clock. */
const pictures = (page: Page): Promise<number[]> =>
  page.evaluate(() => window.probe.frames.map(({ atMs }) => atMs))
const pageNow = (page: Page): Promise<number> => page.evaluate(() => performance.now())

describe('a laptop that changes its network', function () {
  this.timeout(120_000)
  let laptop: Laptop
  let network: Network
  let browser: Browser
  let context: BrowserContext

  before(async function () {
    if (!canHaveLaptop()) this.skip()
    laptop = openLaptop(1)
    laptop.plug(0)
    network = await startNetwork({
      router: { NEARCADE_HOST: laptop.host },
      edge: { NEARCADE_SEATS: '1', NEARCADE_ADVERTISE: laptop.host },
      host: laptop.host,
    })
    browser = await launchChromium(
      [`--unsafely-treat-insecure-origin-as-secure=${network.url}`],
      laptop.chromium,
    )
    context = await newContext(browser)
  })
  after(async () => {
    await browser?.close()
    await network?.[Symbol.asyncDispose]()
    laptop?.close()
  })

  it('plays on in the same page, game and connection, 1.5 s after another network is there', async () => {
    const page = await playLab(context, network)
    await page.keyboard.press('KeyA')
    await page.keyboard.press('KeyK')
    const { presses } = await untilLab(page, 'K is seen', ({ lastKey }) => lastKey === 37)
    const pids = gamePids(network)
    const id = await sessionIdOf(page)
    await page.evaluate(() => window.probe.restart('all'))
    laptop.unplug(0)
    await page.waitForTimeout(3_000)
    const last = (await pictures(page)).at(-1) ?? Number.NaN
    const backAtMs = await pageNow(page)
    laptop.plug(1)
    await untilLab(page, 'the picture moves again', () => true)
    await page.waitForFunction((from) => window.probe.frames.some(({ atMs }) => atMs > from), backAtMs)
    const first = (await pictures(page)).find((atMs) => atMs > backAtMs) ?? Number.NaN
    console.log(
      `        outage ${Math.round(backAtMs - last)} ms, picture ${Math.round(first - backAtMs)} ms after`,
    )
    expect(first - backAtMs).to.be.below(1_500)
    await page.keyboard.press('KeyB')
    const now = await untilLab(page, 'the next key counts on', (seen) => seen.presses === presses + 1)
    expect(now.presses).to.equal(presses + 1)
    expect(gamePids(network)).to.deep.equal(pids)
    expect((await stateOf(page, id)).kind).to.equal('playing')
    expect(await page.evaluate(() => window.nearcade.phase)).to.equal('playing')
    await endPlay(page)
  })
})
