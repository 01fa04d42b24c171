import type { BrowserContext, Page } from 'playwright-core'
import { untilState } from '../browser/lab.ts'
import { launchChromium } from '../support/chromium.ts'
import { type Network, startNetwork } from '../support/network.ts'
import { probeScript } from '../support/probeScript.ts'
import { type BenchRun, median, percentile } from './report.ts'

/**
 * From the click on Play to the first picture that shows anything, per title; `first` is the first session of a freshly started
 * network, `warm` all later ones. `resume`: from the click in a new tab on a suspended session to its picture.
 */
const titles = ['freedoom', 'supertux', 'latency-lab'] as const
const warmRounds = 4
const resumes = 5

/** Clicks the poster; ms until the first picture. */
async function clickToPicture(page: Page): Promise<number> {
  await page.locator('[data-role="start"]').click()
  await page.waitForFunction(() => window.probe.pictureAtMs !== null, undefined, { timeout: 30_000 })
  return page.evaluate(() => (window.probe.pictureAtMs ?? 0) - (window.probe.startedAtMs ?? 0))
}

async function openTitle(context: BrowserContext, network: Network, title: string): Promise<Page> {
  const page = await context.newPage()
  await page.addInitScript({ content: await probeScript() })
  await page.goto(`${network.url}/play/${title}`)
  await page.locator('[data-role="start"]').waitFor()
  return page
}

const sessionId = (page: Page): Promise<string> => page.evaluate(() => window.nearcade.session?.id ?? '')

async function endSession(page: Page): Promise<void> {
  const id = await sessionId(page)
  await page.evaluate((session) => fetch(`/api/sessions/${session}`, { method: 'DELETE' }), id)
  await untilState(page, id, 'ended')
  await page.close()
}

export async function run(bench: BenchRun): Promise<void> {
  const browser = await launchChromium()
  const warm = new Map<string, number[]>(titles.map((title) => [title, []]))
  const first: number[] = []
  const resumed: number[] = []
  try {
    for (const title of titles) {
      bench.progress(`fresh start, ${title}`)
      await using network = await startNetwork({ edge: { NEARCADE_SEATS: '2' } })
      const context = await browser.newContext({ viewport: { width: 1280, height: 720 } })
      const opened = await openTitle(context, network, title)
      first.push(await clickToPicture(opened))
      await endSession(opened)
      for (let round = 0; round < warmRounds; round++) {
        bench.progress(`${title}, warm start ${round + 1} of ${warmRounds}`)
        const page = await openTitle(context, network, title)
        warm.get(title)?.push(await clickToPicture(page))
        await endSession(page)
      }
      let page = await openTitle(context, network, title)
      await clickToPicture(page)
      for (let round = 0; round < resumes; round++) {
        bench.progress(`${title}, resume ${round + 1} of ${resumes}`)
        const id = await sessionId(page)
        const watcher = await openTitle(context, network, title)
        await page.close({ runBeforeUnload: false })
        await untilState(watcher, id, 'suspended')
        await watcher.close()
        page = await openTitle(context, network, title)
        resumed.push(await clickToPicture(page))
      }
      await endSession(page)
      await context.close()
    }
  } finally {
    await browser.close()
  }
  bench.row('first', 'clickToFirstFrameMs', 'ms', Math.max(...first), 4000)
  bench.row('warm', 'clickToFirstFrameP50Ms', 'ms', median([...warm.values()].flat()), 2000)
  for (const [title, times] of warm) bench.row(`warm/${title}`, 'clickToFirstFrameP50Ms', 'ms', median(times))
  bench.row('resume', 'clickToFirstFrameP50Ms', 'ms', median(resumed), 700)
  bench.row('resume', 'clickToFirstFrameP95Ms', 'ms', percentile(resumed, 95))
}
