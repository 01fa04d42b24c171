import { cpus } from 'node:os'
import type { Page } from 'playwright-core'
import type { Link } from '../../link/link.ts'
import type { Watched } from './figures.ts'
import type { Source } from './pictureKeeper.ts'
import { type Quality, qualityOf } from './quality.ts'
import type { LinkAction, Scenario } from './scenarios.ts'

const holdMs = 25
/** Seven presses a second, so that recovery is seen within a quarter of one. */
const gapMs = { least: 80, most: 150 }
/** What is on its way when the watch ends still counts. */
const settleMs = 1500
const bufferWindowMs = 3000

interface Totals {
  readonly delayMs: number
  readonly emitted: number
  readonly heightPx: number
}

const readTotals = (page: Page): Promise<Totals> =>
  page.evaluate(async () => {
    const pc = window.linkedPeers.findLast(({ connectionState }) => connectionState === 'connected')
    const entries = [...((await pc?.getStats()) ?? new Map<string, Record<string, unknown>>()).values()]
    const video = (entries as Record<string, unknown>[]).find(
      (entry) => entry['type'] === 'inbound-rtp' && entry['kind'] === 'video',
    )
    return {
      delayMs: 1000 * Number(video?.['jitterBufferDelay'] ?? 0),
      emitted: Number(video?.['jitterBufferEmittedCount'] ?? 0),
      heightPx: Number(video?.['frameHeight'] ?? 0),
    }
  })

function machineTimes(): { idle: number; all: number } {
  const times = cpus().map(({ times: one }) => one)
  const idle = times.reduce((total, one) => total + one.idle, 0)
  return {
    idle,
    all: times.reduce((total, { user, nice, sys, irq }) => total + user + nice + sys + irq, idle),
  }
}

async function press(page: Page, untilMs: number, random: () => number): Promise<void> {
  while (performance.now() < untilMs) {
    await page.keyboard.down('KeyB')
    await page.waitForTimeout(holdMs)
    await page.keyboard.up('KeyB')
    await page.waitForTimeout(gapMs.least + random() * (gapMs.most - gapMs.least))
  }
}

async function act(actions: readonly LinkAction[], startedMs: number, link: Link): Promise<void> {
  for (const { atMs, what } of actions) {
    await new Promise((resolve) => setTimeout(resolve, startedMs + atMs - performance.now()))
    await link[what]()
  }
}

/** What the picture says of how many presses there were; 0 where it says nothing. */
const countedPresses = (page: Page): Promise<number> =>
  page.evaluate(async () => (await window.probe.readSoon())?.presses ?? 0)

async function endPictures(
  page: Page,
  { widthPx, heightPx }: Source,
  heavy: boolean,
): Promise<Quality | null> {
  const { count, seen, drawn } = await page.evaluate((texture) => window.pictures.end(texture), heavy)
  if (count === 0) return null
  return qualityOf({
    widthPx,
    heightPx,
    seen: Buffer.from(seen, 'base64'),
    drawn: Buffer.from(drawn, 'base64'),
  })
}

/**
 * Watches a page that plays while the link goes through a scenario. Presses where the picture can tell of them and the path
 * does not change, which ends a session's count of them. Where `source` says how large the picture is when it is drawn, single
 * pictures are compared with what they should look like.
 */
export async function watch(
  page: Page,
  link: Link,
  scenario: Scenario,
  pressing: boolean,
  source: Source | null = null,
): Promise<Watched> {
  await page.evaluate(() => window.probe.restart('all'))
  const pressesBefore = await countedPresses(page)
  const busyBefore = machineTimes()
  const linkStartMs = await link.schedule(scenario.later)
  const startedMs = performance.now()
  const pageStartMs = linkStartMs - (await page.evaluate(() => performance.timeOrigin))
  const acting = act(scenario.actions, startedMs, link)
  const endMs = startedMs + scenario.watchMs
  if (source !== null) await page.evaluate((drawn) => window.pictures.begin(drawn), source)
  if (pressing) await press(page, endMs - bufferWindowMs, Math.random)
  await page.waitForTimeout(Math.max(0, endMs - bufferWindowMs - performance.now()))
  const before = await readTotals(page)
  if (pressing) await press(page, endMs, Math.random)
  await page.waitForTimeout(Math.max(0, endMs - performance.now()))
  const [busyAfter, after] = [machineTimes(), await readTotals(page)]
  await acting
  await page.waitForTimeout(settleMs)
  const counted = ((await countedPresses(page)) - pressesBefore) & 0xffff
  const seen = await page.evaluate(() => {
    window.probe.mode = 'off'
    return { frames: window.probe.frames, presses: window.probe.presses }
  })
  const quality = source && (await endPictures(page, source, scenario.heavy))
  const down = await link.slices('down', linkStartMs, linkStartMs + scenario.watchMs)
  // One press too many or too few gives each press the picture of its neighbour: then nothing is known of any.
  const miscounted = pressing && Math.abs(counted - seen.presses.length)
  return {
    frames: seen.frames.map(({ atMs, state }) => ({ atMs: atMs - pageStartMs, state })),
    miscounted: Number(miscounted),
    presses: seen.presses.map(({ atMs, seenAtMs }) => ({
      atMs: atMs - pageStartMs,
      seenAtMs: seenAtMs === null ? null : seenAtMs - pageStartMs,
    })),
    down: down.map((slice) => ({ ...slice, atMs: slice.atMs - linkStartMs })),
    jitterBufferMs: (after.delayMs - before.delayMs) / Math.max(1, after.emitted - before.emitted),
    frameHeightPx: after.heightPx,
    quality,
    machineBusyPercent:
      100 * (1 - (busyAfter.idle - busyBefore.idle) / Math.max(1, busyAfter.all - busyBefore.all)),
  }
}
