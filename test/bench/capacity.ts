import type { BrowserContext, Page } from 'playwright-core'
import { launchChromium } from '../support/chromium.ts'
import { type Network, startNetwork } from '../support/network.ts'
import { probeScript } from '../support/probeScript.ts'
import { descendants, sessionProcesses } from '../support/processes.ts'
import { type BenchRun, median } from './report.ts'

/**
 * What one session costs, and how many Freedoom sessions at 720p30 this machine carries. Browser, router, node and games share the
 * machine, so the capacity is a lower bound: the browser decodes every stream on the same cores.
 */
const watchMs = 10_000
const maxSessions = 8

interface Cost {
  readonly cpuPercent: number
  readonly memoryMiB: number
  readonly treeMemoryMiB: number
  readonly loopDelayP99Ms: number
  readonly framesPerSecond: number
}

async function scrape(network: Network, metric: string): Promise<number[]> {
  const port = /"httpPort":(\d+)/.exec(network.edge.log())?.[1]
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
  return [...text.matchAll(new RegExp(`^${metric}{[^}]*} (\\S+)$`, 'gm'))].map((match) => Number(match[1]))
}

async function play(context: BrowserContext, network: Network, title: string, fps: number): Promise<Page> {
  const page = await context.newPage()
  await page.addInitScript({ content: await probeScript() })
  const stream = { widthPx: 1280, heightPx: 720, fps, maxBitrateBps: 8_000_000 }
  await page.addInitScript(
    (quality) => localStorage.setItem('nearcade.quality', JSON.stringify(quality)),
    stream,
  )
  await page.goto(`${network.url}/play/${title}?autostart=1&new=1`)
  await page.waitForFunction(() => window.probe.pictureAtMs !== null, undefined, { timeout: 30_000 })
  return page
}

/** CPU of the session process alone: no game, no display, no sound server. */
async function costOf(network: Network, page: Page): Promise<Cost> {
  const before = sessionProcesses(network.edge.pid)
  const busiest = (): number =>
    Math.max(
      0,
      ...sessionProcesses(network.edge.pid).map(
        ({ pid, cpuMs }) => cpuMs - (before.find((old) => old.pid === pid)?.cpuMs ?? cpuMs),
      ),
    )
  const framesAt = (): Promise<number> => page.evaluate(() => window.nearcade.stats().framesShown)
  const [frames, startedMs] = [await framesAt(), performance.now()]
  await page.waitForTimeout(watchMs)
  const elapsedMs = performance.now() - startedMs
  const cpuMs = busiest()
  const after = sessionProcesses(network.edge.pid).toSorted((a, b) => b.cpuMs - a.cpuMs)[0]
  const tree = after === undefined ? [] : descendants(after.pid)
  return {
    cpuPercent: (cpuMs / elapsedMs) * 100,
    memoryMiB: (after?.residentBytes ?? 0) / 2 ** 20,
    treeMemoryMiB: tree.reduce((sum, { residentBytes }) => sum + residentBytes, 0) / 2 ** 20,
    loopDelayP99Ms: Math.max(...(await scrape(network, 'nearcade_edge_session_loop_delay_p99_ms'))),
    framesPerSecond: (((await framesAt()) - frames) / elapsedMs) * 1000,
  }
}

async function measureCosts(bench: BenchRun, context: BrowserContext): Promise<void> {
  const cases = [
    { name: 'animation720p60', title: 'latency-lab', keys: ['KeyA'], cpuTarget: 38 },
    { name: 'freedoomChocolate', title: 'freedoom-lite', keys: ['ArrowRight'], cpuTarget: 24 },
    { name: 'still', title: 'latency-lab', keys: [], cpuTarget: 3 },
  ]
  for (const { name, title, keys, cpuTarget } of cases) {
    bench.progress(`cost of one session: ${name}`)
    await using network = await startNetwork({ edge: { NEARCADE_SEATS: '1' } })
    const page = await play(context, network, title, 60)
    await page.waitForTimeout(3000)
    for (const key of keys) await page.keyboard.down(key)
    const cost = await costOf(network, page)
    bench.row(name, 'sessionCpuPercent', '% of a core', cost.cpuPercent, cpuTarget)
    bench.row(name, 'framesShownPerSecond', 'fps', cost.framesPerSecond)
    bench.row(name, 'sessionMemoryMiB', 'MiB', cost.memoryMiB)
    bench.row(name, 'withGameMemoryMiB', 'MiB', cost.treeMemoryMiB)
    bench.row(name, 'loopDelayP99Ms', 'ms', cost.loopDelayP99Ms, 6)
    await page.close()
  }
}

/** Adds Freedoom sessions until one falls under 95 % of its 30 frames a second. */
async function measureCapacity(bench: BenchRun, context: BrowserContext): Promise<void> {
  await using network = await startNetwork({
    router: { NEARCADE_SESSIONS_PER_GUEST: String(maxSessions) },
    edge: { NEARCADE_SEATS: String(maxSessions), NEARCADE_WARM_SEATS: '0' },
  })
  const pages: Page[] = []
  let carried = 0
  let shownAtMost = 0
  for (let wanted = 1; wanted <= maxSessions; wanted++) {
    bench.progress(`${wanted} sessions of Freedoom at 720p30`)
    const page = await play(context, network, 'freedoom-lite', 30)
    pages.push(page)
    await page.keyboard.down('ArrowRight')
    await page.waitForTimeout(4000)
    const sent: number[][] = []
    for (let i = 0; i < 5; i++) {
      await page.waitForTimeout(2000)
      sent.push(await scrape(network, 'nearcade_edge_session_fps'))
    }
    const worst = Math.min(
      ...Array.from({ length: wanted }, (_, i) => median(sent.map((rates) => rates[i] ?? 0))),
    )
    bench.row(`sessions${wanted}`, 'worstFramesPerSecond', 'fps', worst)
    if (worst < 30 * 0.95) break
    carried = wanted
    shownAtMost = worst
  }
  bench.row('freedoom720p30', 'sessions', 'count', carried)
  bench.row('freedoom720p30', 'worstFramesPerSecond', 'fps', shownAtMost)
  for (const page of pages) await page.close()
}

export async function run(bench: BenchRun): Promise<void> {
  const browser = await launchChromium()
  try {
    const context = await browser.newContext({ viewport: { width: 1280, height: 720 } })
    await measureCosts(bench, context)
    await measureCapacity(bench, context)
  } finally {
    await browser.close()
  }
}
