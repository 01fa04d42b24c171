import { expect } from 'chai'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { launchChromium } from '../support/chromium.ts'
import { canHaveLaptop, type Laptop, openLaptop } from '../support/laptop.ts'
import { type Network, startNetwork } from '../support/network.ts'
import { descendants } from '../support/processes.ts'
import { endPlay, newContext, playLab, sessionIdOf, untilLab, untilState } from './lab.ts'

const gamePids = (network: Network): number[] =>
  descendants(network.edge.pid)
    .filter(({ commandLine }) => commandLine.includes('main.cjs') && !commandLine.includes('bwrap'))
    .map(({ pid }) => pid)

declare global {
  interface Window {
    /** Every connection of the page that was ever begun. */
    opened: RTCPeerConnection[]
  }
}
const countConnections = `
  window.opened = []
  const Connection = RTCPeerConnection
  window.RTCPeerConnection = class extends Connection {
    constructor(configuration) {
      super(configuration)
      window.opened.push(this)
    }
  }`

describe('a laptop that changes its network', function () {
  this.timeout(120_000)
  let laptop: Laptop
  let network: Network
  let browser: Browser
  let context: BrowserContext
  let plugged: 0 | 1 = 0

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
    await context.addInitScript({ content: countConnections })
  })
  after(async () => {
    await browser?.close()
    await network?.[Symbol.asyncDispose]()
    laptop?.close()
  })

  async function playing(): Promise<{ page: Page; presses: number; connections: number }> {
    const page = await playLab(context, network)
    await page.keyboard.press('KeyA')
    await page.keyboard.press('KeyK')
    const { presses } = await untilLab(page, 'K is seen', ({ lastKey }) => lastKey === 37)
    const connections = await page.evaluate(() => window.opened.length)
    return { page, presses, connections }
  }

  /** Ms from the moment at which the other network is there to the first picture. */
  async function change(page: Page, from: 0 | 1, outageMs: number): Promise<number> {
    await page.evaluate(() => window.probe.restart('all'))
    laptop.unplug(from)
    await page.waitForTimeout(outageMs)
    const backAtMs = await page.evaluate(() => performance.now())
    laptop.plug(from === 0 ? 1 : 0)
    const first = await page.waitForFunction(
      (atMs) => window.probe.frames.find((frame) => frame.atMs > atMs)?.atMs,
      backAtMs,
    )
    return ((await first.jsonValue()) ?? Number.NaN) - backAtMs
  }

  for (const { outageMs, meanwhile } of [
    { outageMs: 3_000, meanwhile: 'plays on' },
    { outageMs: 7_000, meanwhile: 'freezes the game' },
  ])
    it(`${meanwhile}, and has the picture back 1.5 s after another network is there: same page, game and connection`, async () => {
      const { page, presses, connections } = await playing()
      const pids = gamePids(network)
      const id = await sessionIdOf(page)
      const from = plugged
      plugged = from === 0 ? 1 : 0
      expect(await change(page, from, outageMs)).to.be.below(1_500)
      await page.waitForFunction(() => window.nearcade.phase === 'playing')
      await page.keyboard.press('KeyB')
      const now = await untilLab(page, 'the next key counts on', (seen) => seen.presses > presses)
      expect(now.presses).to.equal(presses + 1)
      expect(gamePids(network)).to.deep.equal(pids)
      await untilState(page, id, 'playing')
      expect(await page.evaluate(() => window.opened.length)).to.equal(connections)
      await endPlay(page)
    })
})
