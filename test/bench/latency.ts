import type { BrowserContext, Page } from 'playwright-core'
import { untilLab } from '../browser/lab.ts'
import { launchChromium } from '../support/chromium.ts'
import { type Network, startNetwork } from '../support/network.ts'
import { probeScript } from '../support/probeScript.ts'
import { sessionProcesses } from '../support/processes.ts'
import { type BenchRun, median, percentile } from './report.ts'

/**
 * Click-to-photon on Latency Lab at 1280x720, 60 fps, H.264 8 Mbit/s, on loopback: DOM event to the display frame whose picture
 * carries the press, read from the video itself. `idle`: a still screen; `busy`: beside a 60 fps animation; `localCanvas`: the
 * browser's own floor, a canvas drawn by the key handler and timed the same way.
 * Idle and busy take turns, round by round.
 */
const pressesEach = 320
const rounds = 4
const watchMs = 10_000

interface TraceSample {
  readonly inputAtMs: number
  readonly edgeAtMs: number | null
  readonly appliedAtMs: number | null
  readonly capturedAtMs: number
  readonly encodedAtMs: number
  readonly receivedAtMs: number | null
  readonly presentedAtMs: number
}
interface Figures {
  readonly totals: number[]
  readonly missed: number
  readonly samples: TraceSample[]
}

const randomGapMs = (): number => 130 + Math.random() * 170

async function press(page: Page, count: number, key: string): Promise<void> {
  for (let i = 0; i < count; i++) {
    await page.keyboard.down(key)
    await page.waitForTimeout(25)
    await page.keyboard.up(key)
    await page.waitForTimeout(randomGapMs())
  }
}

async function openLab(context: BrowserContext, network: Network): Promise<Page> {
  const page = await context.newPage()
  await page.addInitScript({ content: await probeScript() })
  await page.goto(`${network.url}/play/latency-lab?autostart=1`)
  await untilLab(page, 'its code is on screen', () => true)
  return page
}

async function measurePresses(page: Page, count: number): Promise<Figures> {
  const traced = await page.evaluate(() => window.nearcade.trace().length)
  await page.evaluate(() => window.probe.restart('pending'))
  const before = await page.evaluate(() => window.probe.read())
  await press(page, count, 'KeyB')
  await page.waitForTimeout(500)
  const after = await page.evaluate(() => window.probe.read())
  // One press too many or too few would give each press the picture of its neighbour.
  const counted = ((after?.presses ?? 0) - (before?.presses ?? 0)) & 0xffff
  if (counted !== count) throw new Error(`${count} presses, but the picture counts ${counted}`)
  const presses = await page.evaluate(() => {
    window.probe.mode = 'off'
    return window.probe.presses
  })
  const samples = await page.evaluate((from) => window.nearcade.trace().slice(from), traced)
  const seen = presses.flatMap(({ atMs, seenAtMs }) => (seenAtMs === null ? [] : [seenAtMs - atMs]))
  return { totals: seen, missed: presses.length - seen.length, samples }
}

/** Frames of the animation that reached the display, a second; and the session process's share of a core meanwhile. */
async function measureShown(
  page: Page,
  network: Network,
): Promise<{ shownPerSecond: number; drawnPerSecond: number; cpuPercent: number }> {
  const cpuMs = () =>
    sessionProcesses(network.edge.pid).reduce((sum, { cpuMs: used }) => Math.max(sum, used), 0)
  await page.evaluate(() => window.probe.restart('all'))
  const [cpuBefore, startedMs] = [cpuMs(), performance.now()]
  await page.waitForTimeout(watchMs)
  const [cpuAfter, endedMs] = [cpuMs(), performance.now()]
  const frames = await page.evaluate(() => {
    window.probe.mode = 'off'
    return window.probe.frames
  })
  const counters = frames.flatMap(({ state }) => (state === null ? [] : [state.counter]))
  const [first, last] = [frames[0], frames.at(-1)]
  const seconds = first === undefined || last === undefined ? 1 : (last.atMs - first.atMs) / 1000
  return {
    shownPerSecond: (new Set(counters).size - 1) / seconds,
    drawnPerSecond: ((counters.at(-1) ?? 0) - (counters[0] ?? 0)) / seconds,
    cpuPercent: ((cpuAfter - cpuBefore) / (endedMs - startedMs)) * 100,
  }
}

/** The floor: the same key presses on a page that draws them itself. */
async function measureLocalCanvas(
  context: BrowserContext,
  network: Network,
  count: number,
): Promise<number[]> {
  const page = await context.newPage()
  await page.goto(`${network.url}/healthz`)
  await page.evaluate(() => {
    const canvas = document.body.appendChild(document.createElement('canvas'))
    canvas.width = 1280
    canvas.height = 720
    const drawing = canvas.getContext('2d')
    const totals: number[] = []
    Object.assign(window, { totals })
    // Keeps the display's clock running, as the video does on the play page.
    setInterval(() => requestAnimationFrame(() => undefined), 8)
    let white = false
    window.addEventListener('keydown', (event) => {
      white = !white
      if (drawing !== null) {
        drawing.fillStyle = white ? '#fff' : '#000'
        drawing.fillRect(0, 0, 500, 400)
      }
      requestAnimationFrame(() => totals.push(performance.now() - event.timeStamp))
    })
  })
  await press(page, count, 'KeyB')
  const totals = await page.evaluate(() => (window as unknown as { totals: number[] }).totals)
  await page.close()
  return totals
}

const setAnimation = async (page: Page, wanted: boolean): Promise<void> => {
  const { animating } = await untilLab(page, 'its code is on screen', () => true)
  if (animating !== wanted) await page.keyboard.press('KeyA')
  await untilLab(page, 'the animation is as wanted', (state) => state.animating === wanted)
}

const stages = [
  ['inputToEdgeP50Ms', 'inputAtMs', 'edgeAtMs'],
  ['edgeToAppliedP50Ms', 'edgeAtMs', 'appliedAtMs'],
  ['appliedToCapturedP50Ms', 'appliedAtMs', 'capturedAtMs'],
  ['capturedToEncodedP50Ms', 'capturedAtMs', 'encodedAtMs'],
  ['encodedToReceivedP50Ms', 'encodedAtMs', 'receivedAtMs'],
  ['receivedToPresentedP50Ms', 'receivedAtMs', 'presentedAtMs'],
] as const

export async function run(bench: BenchRun): Promise<void> {
  await using network = await startNetwork({ edge: { NEARCADE_SEATS: '1' } })
  const browser = await launchChromium()
  try {
    const context = await browser.newContext({ viewport: { width: 1280, height: 720 } })
    const idle: Figures[] = []
    const busy: Figures[] = []
    const shown: Awaited<ReturnType<typeof measureShown>>[] = []
    const local: number[] = []
    bench.progress('local canvas')
    local.push(...(await measureLocalCanvas(context, network, 100)))
    const page = await openLab(context, network)
    await page.waitForTimeout(3000)
    for (let round = 0; round < rounds; round++) {
      bench.progress(`round ${round + 1} of ${rounds}`)
      await setAnimation(page, false)
      idle.push(await measurePresses(page, pressesEach / rounds))
      await setAnimation(page, true)
      busy.push(await measurePresses(page, pressesEach / rounds))
      shown.push(await measureShown(page, network))
    }
    for (const [name, figures] of [
      ['idle', idle],
      ['busy', busy],
    ] as const) {
      const totals = figures.flatMap(({ totals: round }) => round)
      const samples = figures.flatMap(({ samples: round }) => round)
      bench.row(name, 'presses', 'count', totals.length)
      bench.row(
        name,
        'pressesNotSeen',
        'count',
        figures.reduce((sum, { missed }) => sum + missed, 0),
        0,
      )
      bench.row(name, 'clickToPhotonP50Ms', 'ms', percentile(totals, 50), 22)
      bench.row(name, 'clickToPhotonP95Ms', 'ms', percentile(totals, 95), 30)
      for (const [metric, from, to] of stages) {
        const times = samples.flatMap((sample) => {
          const [start, end] = [sample[from], sample[to]]
          return start === null || end === null ? [] : [end - start]
        })
        bench.row(name, metric, 'ms', median(times))
      }
      bench.row(
        name,
        'captureToPresentP50Ms',
        'ms',
        median(samples.map((s) => s.presentedAtMs - s.capturedAtMs)),
        13,
      )
    }
    bench.row('busy', 'framesDrawnPerSecond', 'fps', median(shown.map((s) => s.drawnPerSecond)))
    bench.row('busy', 'framesShownPerSecond', 'fps', median(shown.map((s) => s.shownPerSecond)), 59)
    bench.row('busy', 'serverCpuPercent', '% of a core', median(shown.map((s) => s.cpuPercent)), 38)
    bench.row('localCanvas', 'clickToPhotonP50Ms', 'ms', percentile(local, 50))
    bench.row('localCanvas', 'clickToPhotonP95Ms', 'ms', percentile(local, 95))
  } finally {
    await browser.close()
  }
}
