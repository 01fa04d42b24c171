import { expect } from 'chai'
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core'
import type { BarcodeState } from '../../config/protocol/barcode.ts'
import type { Network } from '../support/network.ts'
import { probeScript } from '../support/probeScript.ts'

/** A page on a title with the probe in it; `said` collects its errors. */
export async function openTitle(
  context: BrowserContext,
  network: Network,
  title: string,
  query = '',
): Promise<Page> {
  const page = await context.newPage()
  await page.addInitScript({ content: await probeScript() })
  await page.goto(`${network.url}/play/${title}${query}`)
  return page
}

export const newContext = (browser: Browser, options: BrowserContextOptions = {}): Promise<BrowserContext> =>
  browser.newContext({ viewport: { width: 1280, height: 720 }, ...options })

/** Plays Latency Lab until its code can be read from the picture. */
export async function playLab(
  context: BrowserContext,
  network: Network,
  query = '?autostart=1',
): Promise<Page> {
  const page = await openTitle(context, network, 'latency-lab', query)
  await untilLab(page, 'its code is on screen', () => true)
  // The page takes keys from the moment at which it has seen the picture itself.
  await page.waitForFunction(() => window.nearcade.phase === 'playing')
  return page
}

/** Waits until the code in the presented video says so; fails with what it said last. */
export async function untilLab(
  page: Page,
  what: string,
  holds: (state: BarcodeState) => boolean,
  timeoutMs = 15_000,
): Promise<BarcodeState> {
  const deadline = performance.now() + timeoutMs
  let last: BarcodeState | null = null
  while (performance.now() < deadline) {
    last = (await page.evaluate(() => window.probe.read().catch(() => null))) ?? last
    if (last !== null && holds(last)) return last
    await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(resolve)))
  }
  const phase = await page.evaluate(
    () => `${window.nearcade?.phase} ${document.querySelector('[data-role="panel"]')?.textContent}`,
  )
  throw new Error(`never: ${what}; last seen ${JSON.stringify(last)}; page: ${phase}`)
}

export const sessionIdOf = (page: Page): Promise<string> =>
  page.evaluate(() => window.nearcade.session?.id ?? '')

export const stateOf = (page: Page, id: string): Promise<{ kind: string; reason?: string }> =>
  page.evaluate(async (session) => {
    const view = (await (await fetch(`/api/sessions/${session}`)).json()) as { state: { kind: string } }
    return view.state
  }, id)

export async function untilState(
  page: Page,
  id: string,
  kind: string,
  timeoutMs = 15_000,
): Promise<{ kind: string; reason?: string }> {
  const deadline = performance.now() + timeoutMs
  let state = await stateOf(page, id)
  while (state.kind !== kind && performance.now() < deadline) {
    await page.waitForTimeout(50)
    state = await stateOf(page, id)
  }
  expect(state.kind).to.equal(kind)
  return state
}

/** Ends the session on a page, so that the next test finds a free seat. */
export async function endPlay(page: Page): Promise<void> {
  const id = await sessionIdOf(page)
  if (id !== '') {
    await page.evaluate((session) => fetch(`/api/sessions/${session}`, { method: 'DELETE' }), id)
    await untilState(page, id, 'ended')
  }
  await page.close()
}
