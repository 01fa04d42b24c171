import path from 'node:path'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { untilLab } from '../../browser/lab.ts'
import { pageScript, probeScript } from '../../support/probeScript.ts'
import type { SenderOptions } from './referenceSender.ts'

const script = (name: string): Promise<string> => pageScript(path.join(import.meta.dirname, name))

/** Flags of the browser that sends: its addresses as they are, since nobody is there to look up made-up names. */
export const senderFlags = ['--disable-features=WebRtcHideLocalIpsWithMdns']

/** A page of ours, so that it counts as secure; nothing of it is used. */
const emptyPath = '/healthz'

/**
 * libwebrtc on both ends: `sender` plays Latency Lab to `context`, whose pages go through the link.
 * @returns the player's page, its picture on screen
 */
export async function playReference(
  url: string,
  context: BrowserContext,
  sender: Browser,
  options: SenderOptions,
  iceServers: readonly RTCIceServer[] = [],
): Promise<{ page: Page; close(): Promise<void> }> {
  const source = await sender.newPage({ viewport: { width: options.widthPx, height: options.heightPx } })
  await source.addInitScript({ content: await script('referenceSender.ts') })
  await source.goto(`${url}${emptyPath}`)
  const page = await context.newPage()
  await page.exposeFunction('signal', (sdp: string) => source.evaluate((offer) => window.answer(offer), sdp))
  await page.addInitScript({ content: await probeScript() })
  await page.addInitScript({ content: await script('pictureKeeper.ts') })
  await page.addInitScript({ content: await script('referencePlayer.ts') })
  await page.goto(`${url}${emptyPath}`)
  const offer = await page.evaluate((servers) => window.offer(servers), iceServers)
  const answer = await source.evaluate(([sdp, wanted]) => window.send(sdp, wanted), [offer, options] as const)
  await page.evaluate((sdp) => window.accept(sdp), answer)
  await untilLab(page, 'the reference is on screen', () => true)
  return {
    page,
    async close() {
      await page.close()
      await source.close()
    },
  }
}
