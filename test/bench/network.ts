import { readFileSync, writeFileSync } from 'node:fs'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { turnCredentials } from '../../server/turn/credentials.ts'
import { type Link, leadThrough, openLink } from '../link/link.ts'
import { parseTrace } from '../link/trace.ts'
import { launchChromium } from '../support/chromium.ts'
import { startCoturn } from '../support/coturn.ts'
import { type Network, startNetwork } from '../support/network.ts'
import { type Figures, figuresOf, units, type Watched } from './network/figures.ts'
import { playOurs } from './network/ours.ts'
import { plotSvg } from './network/plot.ts'
import { playReference, senderFlags } from './network/reference.ts'
import { type Scenario, scenarios, type Target, traceScenario } from './network/scenarios.ts'
import { watch } from './network/watch.ts'
import { type BenchRun, median } from './report.ts'

/**
 * Real Chromium on Latency Lab and Freedoom through a link with faults, beside libwebrtc sending the same picture through the same link,
 * in turns; medians of the runs. `ours` and `libwebrtc`: Latency Lab, H.264; `freedoom`: our stream of a real game, once, without
 * click-to-photon, since its picture does not say what it shows.
 * Options: --scenario NAME[,NAME], --height 360|540|720 (360), --fps 30|60 (60), --trace FILE (mahimahi format), --runs N (3), --only KIND[,KIND], --plot FILE (SVG of the last run of ours).
 */
const kinds = ['ours', 'libwebrtc', 'freedoom'] as const
type Kind = (typeof kinds)[number]

const widthsPx = { 360: 640, 540: 960, 720: 1280 } as const
/** What two shared cores send, receive and decode, ours and libwebrtc's, without falling behind. */
const sizeOf = (options: BenchRun['options']): Size => {
  const heightPx = ([360, 540, 720] as const).find((height) => String(height) === options['height']) ?? 360
  return { widthPx: widthsPx[heightPx], heightPx, fps: options['fps'] === '30' ? 30 : 60 }
}
interface Size {
  readonly widthPx: number
  readonly heightPx: 360 | 540 | 720
  readonly fps: 30 | 60
}
/** Of Latency Lab's display, whatever is asked for of its stream; the reference draws what it sends. */
const labWidthPx = 1280
/** Both need some seconds to find the link's rate. */
const warmUpMs = 10_000

/** A browser as behind a firewall that lets no UDP out: only TURN over TCP is left. */
const noUdpFlag = '--force-webrtc-ip-handling-policy=disable_non_proxied_udp'
const turnPorts = [47_360, 47_361] as const

interface Bed {
  readonly size: Size
  readonly link: Link
  readonly network: Network
  readonly context: BrowserContext
  readonly sender: Browser
  /** For the reference; the product is told by its router. */
  readonly iceServers: readonly RTCIceServer[]
}

function chosen(options: BenchRun['options']): readonly Scenario[] {
  const { scenario: name, trace } = options
  if (trace !== undefined) return [traceScenario('trace', parseTrace(readFileSync(trace, 'utf8')))]
  if (name === undefined) return scenarios
  const found = scenarios.filter((one) => name.split(',').includes(one.name))
  if (found.length === 0)
    throw new Error(`There is no scenario '${name}': ${scenarios.map((one) => one.name).join(', ')}.`)
  return found
}

async function play(
  bed: Bed,
  kind: Kind,
  { maxBitrateBps }: Scenario,
): Promise<{ page: Page; close(): Promise<void> }> {
  if (kind === 'libwebrtc')
    return playReference(
      bed.network.url,
      bed.context,
      bed.sender,
      { ...bed.size, maxBitrateBps },
      bed.iceServers,
    )
  return playOurs(bed.network, bed.context, kind === 'ours' ? 'latency-lab' : 'freedoom', {
    ...bed.size,
    maxBitrateBps,
  })
}

async function runOnce(bed: Bed, kind: Kind, scenario: Scenario): Promise<Watched> {
  await bed.link.start(scenario.before)
  const { page, close } = await play(bed, kind, scenario)
  try {
    if (kind !== 'freedoom' && scenario.heavy) await page.keyboard.press('KeyN')
    // Turning round and round: everything moves.
    if (kind === 'freedoom') await page.keyboard.down('ArrowRight')
    await page.waitForTimeout(warmUpMs)
    const pressing = kind !== 'freedoom' && scenario.actions.length === 0
    const drawnTimes = kind === 'ours' ? labWidthPx / bed.size.widthPx : 1
    const source = kind === 'freedoom' ? null : { ...bed.size, drawnTimes }
    return await watch(page, bed.link, scenario, pressing, source)
  } finally {
    // The way back is not what is measured.
    for (const direction of ['up', 'down'] as const) await bed.link.set(direction, { outage: false })
    await close()
  }
}

type Cases = ReadonlyMap<string, ReadonlyMap<string, number>>

function targetOf(target: Target | undefined, metric: string, cases: Cases): number | undefined {
  if (target === undefined || typeof target === 'number') return target
  const other = cases.get(target.case)?.get(metric)
  return other === undefined ? undefined : other * target.times + target.plus
}

/** Medians by metric, in the order of `units`. */
const medians = (runs: readonly Figures[]): Map<string, number> =>
  new Map(
    Object.keys(units).flatMap((metric): [string, number][] => {
      const values = runs.flatMap((figures) => figures[metric] ?? [])
      return values.length === 0 ? [] : [[metric, median(values)]]
    }),
  )

function report(bench: BenchRun, scenario: Scenario, cases: Cases): void {
  for (const kind of kinds)
    for (const [metric, value] of cases.get(`${scenario.name}/${kind}`) ?? []) {
      const target = kind === 'ours' ? targetOf(scenario.targets[metric], metric, cases) : undefined
      bench.row(`${scenario.name}/${kind}`, metric, units[metric] ?? '', value, target)
    }
}

/** All that a run needs, opened once; behind a network that blocks UDP, with a TURN server for the way out. */
async function withBed(size: Size, first: Scenario, measure: (bed: Bed) => Promise<void>): Promise<void> {
  await using link = await openLink(first.before)
  await using turn = first.udpBlocked ? await startCoturn('127.0.0.1', turnPorts) : null
  await using network = await startNetwork({
    edge: { NEARCADE_SEATS: '1' },
    router: turn === null ? {} : { NEARCADE_TURN_URLS: turn.urls.tcp, NEARCADE_TURN_SECRET: turn.secret },
  })
  const iceServers =
    turn === null
      ? []
      : [{ urls: turn.urls.tcp, ...turnCredentials({ ...turn, lifetimeMs: 3_600_000 }, 'bench', Date.now()) }]
  const browser = await launchChromium(turn === null ? [] : [noUdpFlag])
  const sender = await launchChromium(senderFlags)
  try {
    const context = await browser.newContext({ viewport: { width: size.widthPx, height: size.heightPx } })
    await leadThrough(context, link)
    await measure({ size, link, network, context, sender, iceServers })
  } finally {
    await browser.close()
    await sender.close()
  }
}

export async function run(bench: BenchRun): Promise<void> {
  const { only, plot } = bench.options
  const size = sizeOf(bench.options)
  const rounds = Number(bench.options['runs'] ?? 3)
  const cases = new Map<string, ReadonlyMap<string, number>>()
  const measure = async (bed: Bed, scenario: Scenario): Promise<void> => {
    const figures = new Map<Kind, Figures[]>(kinds.map((kind) => [kind, []]))
    for (let round = 0; round < rounds; round++)
      for (const kind of kinds) {
        if (only !== undefined && !only.split(',').includes(kind)) continue
        // The figures that are compared are the others'.
        if (kind === 'freedoom' && round > 0) continue
        bench.progress(`${scenario.name}, ${kind}, run ${round + 1} of ${rounds}`)
        const watched = await runOnce(bed, kind, scenario)
        figures.get(kind)?.push(figuresOf(watched, scenario, kind !== 'freedoom'))
        if (plot !== undefined && kind === 'ours') writeFileSync(plot, plotSvg(watched, scenario))
      }
    for (const [kind, runs] of figures) cases.set(`${scenario.name}/${kind}`, medians(runs))
    report(bench, scenario, cases)
  }
  const wanted = chosen(bench.options)
  for (const udpBlocked of [false, true]) {
    const group = wanted.filter((scenario) => scenario.udpBlocked === udpBlocked)
    const [first] = group
    if (first !== undefined)
      await withBed(size, first, async (bed) => {
        for (const scenario of group) await measure(bed, scenario)
      })
  }
}
