import { expect } from 'chai'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { figuresOf, type Figures } from '../bench/network/figures.ts'
import { playOurs } from '../bench/network/ours.ts'
import { type Scenario, scenarios } from '../bench/network/scenarios.ts'
import { watch } from '../bench/network/watch.ts'
import { bytesOf, perfect, randomLoss, steady } from '../link/conditions.ts'
import { leadThrough, type Link, openLink } from '../link/link.ts'
import { launchChromium } from '../support/chromium.ts'
import { type Network, startNetwork } from '../support/network.ts'
import { until } from '../edge/sandbox/rig.ts'
import { newContext, untilLab } from './lab.ts'

/** Enough for the plain animation to be all there, and little enough for a busy machine of two cores. */
const clean = { ...perfect, capacity: 10e6, queueBytes: bytesOf(10e6, 100), delayMs: 20 }

const base = scenarios.find(({ name }) => name === 'clean40')

/** Eight seconds of a kind of trouble each; the long runs and the sharp figures are those of `npm run bench:network`. */
function short(change: Partial<Scenario>): Scenario {
  if (base === undefined) throw new Error('no scenario to start from')
  return {
    ...base,
    name: 'short',
    before: { down: steady(clean, 3), up: steady(clean, 4) },
    watchMs: 8000,
    targets: {},
    ...change,
  }
}

describe('playing over a bad network', function () {
  this.timeout(60_000)
  let link: Link
  let network: Network
  let browser: Browser
  let context: BrowserContext
  let page: Page
  let close: (() => Promise<void>) | undefined

  before(async () => {
    link = await openLink({ up: steady(clean, 1), down: steady(clean, 2) })
    network = await startNetwork({ edge: { NEARCADE_SEATS: '1' } })
    browser = await launchChromium()
    context = await newContext(browser)
    await leadThrough(context, link)
    ;({ page, close } = await playOurs(network, context, 'latency-lab', {
      heightPx: 720,
      fps: 60,
      maxBitrateBps: 8_000_000,
    }))
    // From about 1 Mbit/s to all that the cap allows.
    const { presses } = await untilLab(page, 'a count of presses', () => true)
    await page.keyboard.press('KeyN')
    await untilLab(page, 'the press is seen', (state) => state.presses === presses + 1)
  })
  after(async () => {
    await close?.()
    await browser?.close()
    await network?.[Symbol.asyncDispose]()
    await link?.[Symbol.asyncDispose]()
  })

  const run = async (scenario: Scenario): Promise<Figures> => {
    await link.start(scenario.before)
    return figuresOf(await watch(page, link, scenario, true), scenario, true)
  }

  const measured = () => page.evaluate(() => window.nearcade.stats())
  const targetBps = async (): Promise<number> => (await measured()).network?.targetBps ?? 0

  it('answers on a clean path of 40 ms', async () => {
    const figures = await run(short({}))
    expect(figures).to.include({ pressesNotSeen: 0, pressesMiscounted: 0 })
    expect(figures['clickToPhotonP50Ms']).to.be.within(40, 200)
    expect(figures['frozenPercent']).to.be.below(10)
  })

  it('plays on with 2 % of all packets lost', async () => {
    const lossy = { ...clean, loss: randomLoss(0.02) }
    const figures = await run(short({ before: { down: steady(lossy, 5), up: steady(lossy, 6) } }))
    expect(figures).to.include({ pressesNotSeen: 0, pressesMiscounted: 0 })
    expect(figures['clickToPhotonP50Ms']).to.be.below(250)
    expect(figures['frozenPercent']).to.be.below(15)
  })

  it('follows the rate of the link down, and up again', async () => {
    const narrow = { capacity: 3e6, queueBytes: bytesOf(3e6, 500) }
    const figures = await run(
      short({
        later: { down: { steps: [{ atMs: 2000, change: narrow }], flows: [] }, up: { steps: [], flows: [] } },
        dropAtMs: 2000,
      }),
    )
    expect(figures).to.include({ pressesNotSeen: 0, pressesMiscounted: 0 })
    expect(figures['clickToPhotonP50Ms']).to.be.below(300)
    expect(await targetBps(), 'of 3 Mbit/s').to.be.within(1e6, 3.3e6)
    await link.start({ down: steady(clean, 9), up: steady(clean, 10) })
    await until('it has found the way back', async () => (await targetBps()) > 7e6, 15_000)
  })

  it('holds frames no longer than it must on a path that jitters, and not at all afterwards', async () => {
    const jittery = { ...clean, jitterMs: 15, jitterHoldMs: 16 }
    const figures = await run(short({ before: { down: steady(jittery, 7), up: steady(clean, 8) } }))
    expect(figures).to.include({ pressesNotSeen: 0, pressesMiscounted: 0 })
    expect(figures['clickToPhotonP50Ms']).to.be.below(250)
    expect(figures['frozenPercent']).to.be.below(10)
    expect((await measured()).playoutMs, 'held while it jitters').to.be.within(10, 80)
    await link.set('down', { jitterMs: 0 })
    // What else runs on the machine makes frames late as well: how soon it happens is for the benchmark to say.
    await until('nothing is held', async () => (await measured()).playoutMs === 0, 40_000)
  })
})
