import path from 'node:path'
import type { BrowserContext, Page } from 'playwright-core'
import { endPlay, untilLab } from '../../browser/lab.ts'
import type { Network } from '../../support/network.ts'
import { pageScript, probeScript } from '../../support/probeScript.ts'

/** A title on our own stream, its picture on screen. */
export async function playOurs(
  network: Network,
  context: BrowserContext,
  title: string,
  stream: { readonly heightPx: number; readonly fps: number; readonly maxBitrateBps: number },
): Promise<{ page: Page; close(): Promise<void> }> {
  const page = await context.newPage()
  await page.addInitScript({ content: await probeScript() })
  await page.addInitScript({ content: await pageScript(path.join(import.meta.dirname, 'pictureKeeper.ts')) })
  await page.addInitScript(
    (quality) => localStorage.setItem('nearcade.quality', JSON.stringify(quality)),
    stream,
  )
  await page.goto(`${network.url}/play/${title}?autostart=1&new=1`)
  await page.waitForFunction(
    () => window.probe.pictureAtMs !== null && window.nearcade.phase === 'playing',
    undefined,
    {
      timeout: 60_000,
    },
  )
  if (title === 'latency-lab') {
    await page.keyboard.press('KeyA')
    await untilLab(page, 'it is animated', ({ animating }) => animating)
  }
  return { page, close: () => endPlay(page) }
}
