import type { Server } from 'node:http'
import { once } from 'node:events'
import { createPrivateKey, type KeyObject } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import { expect } from 'chai'
import type { Browser, BrowserContext, Frame, Page } from 'playwright-core'
import type { NearcadePlayer } from '../../client/embed/sdk.ts'
import { createSite, launchToken } from '../../docs/embed/site.mjs'
import { launchChromium } from '../support/chromium.ts'
import { type Network, startNetwork } from '../support/network.ts'
import { probeScript } from '../support/probeScript.ts'
import { makeOrganisation, openBrowser, signUp } from '../server/accounts/browser.ts'
import { publisherBackend } from '../server/embed/launching.ts'
import { newContext, untilLab } from './lab.ts'

const game = 'latency-lab'
/** Cookies of one site in the frames of another are refused, as Safari and Firefox do by themselves. */
const noForeignCookies = '--test-third-party-cookie-phaseout'

const listening = async (server: Server, host: string): Promise<string> => {
  server.listen(0, host)
  await once(server, 'listening')
  return `http://${host}:${(server.address() as AddressInfo).port}`
}

type Told = { readonly type: string; readonly detail: Record<string, unknown> }
declare global {
  interface Window {
    told: Told[]
  }
}

describe('a game in the page of another site', function () {
  this.timeout(90_000)
  let network: Network
  let browser: Browser
  let site: Server
  let stranger: Server
  let shop: string
  let elsewhere: string
  let orgId: string
  let keyId: string
  let key: KeyObject

  before(async () => {
    const known = () => ({ url: network.url, game, orgId, keyId, key })
    site = createSite(known)
    stranger = createSite(known)
    shop = await listening(site, 'localhost')
    elsewhere = await listening(stranger, 'localhost')
    network = await startNetwork({
      router: { NEARCADE_EMBED_ORIGINS: shop },
      edge: { NEARCADE_SEATS: '2' },
    })
    const owner = openBrowser(Number(new URL(network.url).port))
    await signUp(owner, 'shop@example.org')
    orgId = await makeOrganisation(owner, 'shop')
    const backend = await publisherBackend(orgId)
    key = createPrivateKey({ key: backend.privateJwk as Record<string, string>, format: 'jwk' })
    const added = await owner.post(`/api/orgs/${orgId}/launch-keys`, { name: 'shop', jwk: backend.key.jwk })
    expect(added.status).to.equal(201)
    keyId = (added.body as { id: string }).id
    browser = await launchChromium([noForeignCookies])
  })
  after(async () => {
    await browser?.close()
    for (const server of [site, stranger]) {
      server.closeAllConnections()
      server.close()
    }
    await network?.[Symbol.asyncDispose]()
  })

  async function visit(context: BrowserContext, at = shop): Promise<Page> {
    const page = await context.newPage()
    await page.addInitScript({ content: await probeScript() })
    await page.addInitScript(() => {
      window.told = []
      for (const type of ['statechange', 'error', 'stats', 'volumechange', 'message', 'messageerror'])
        document.addEventListener(
          type,
          (event) => {
            if (event instanceof CustomEvent) window.told.push({ type, detail: event.detail })
          },
          { capture: true },
        )
    })
    await page.goto(at)
    return page
  }
  const frameOf = async (page: Page): Promise<Frame> => {
    const handle = await page.waitForSelector('nearcade-player iframe')
    const frame = await handle.contentFrame()
    if (frame === null) throw new Error('no frame')
    return frame
  }
  /** The frame's helpers are the play page's own. */
  const lab = (frame: Frame) => frame as unknown as Page
  const phase = (page: Page, wanted: string) =>
    page.waitForFunction(
      (name) => document.querySelector<NearcadePlayer>('nearcade-player')?.phase === name,
      wanted,
    )
  const errorIn = (page: Page) =>
    page
      .waitForFunction(() => window.told.find(({ type }) => type === 'error')?.detail, undefined, {
        timeout: 20_000,
      })
      .then((found) => found.jsonValue())
  const play = async (page: Page): Promise<Frame> => {
    await page.click('[data-do=start]')
    const frame = await frameOf(page)
    await phase(page, 'playing')
    return frame
  }
  const stop = async (page: Page): Promise<void> => {
    await page.click('[data-do=stop]')
    await phase(page, 'ended')
  }
  const sessionIn = (frame: Frame) => frame.evaluate(() => window.nearcade.session?.id ?? '')

  it('plays there, without a cookie: starts, tells what happens, and stops', async () => {
    const context = await newContext(browser)
    const page = await visit(context)
    const cookies: string[] = []
    page.on('request', (request) => {
      if (request.url().startsWith(network.url))
        void request.allHeaders().then(({ cookie }) => cookie !== undefined && cookies.push(request.url()))
    })
    const frame = await play(page)
    await untilLab(lab(frame), 'its code is on screen', () => true)
    await page.waitForFunction(() => window.told.some(({ type }) => type === 'stats'))
    const told = await page.evaluate(() => window.told)
    const phases = told.filter(({ type }) => type === 'statechange').map(({ detail }) => detail['phase'])
    expect([...new Set(phases)]).to.include.members(['progress', 'playing'])
    const stats = told.find(({ type }) => type === 'stats')?.detail ?? {}
    expect(stats['heightPx']).to.be.greaterThan(0)
    expect(await page.textContent('[data-role=state]')).to.match(/^Playing \(/)
    await stop(page)
    expect(await page.textContent('[data-role=state]')).to.contain('You ended the session')
    expect(cookies).to.deep.equal([])
    expect(await context.cookies(network.url)).to.deep.equal([])
    await context.close()
  })

  it('is refused by the browser in the page of any other site', async () => {
    const context = await newContext(browser)
    const page = await visit(context, elsewhere)
    expect(await errorIn(page)).to.include({ code: 'embed-refused' })
    expect((await frameOf(page)).url()).not.to.contain('/embed/')
    await context.close()
  })

  it('gives the keyboard to the game, and back to the page', async () => {
    const context = await newContext(browser)
    const page = await visit(context)
    const frame = await play(page)
    const { presses } = await untilLab(lab(frame), 'a count of presses', () => true)
    await page.evaluate(() => document.querySelector<NearcadePlayer>('nearcade-player')?.focus())
    await page.keyboard.press('KeyB')
    await untilLab(lab(frame), 'the key is seen', (seen) => seen.presses > presses)
    await page.keyboard.press('Tab')
    await untilLab(lab(frame), 'Tab is the game’s too', (seen) => seen.presses > presses + 1)
    await page.keyboard.press('Control+Alt+Shift+KeyX')
    const active = () =>
      page.evaluate(() => {
        const inside = document.activeElement?.shadowRoot?.activeElement ?? document.activeElement
        return inside?.textContent
      })
    await page.waitForFunction(
      () => document.querySelector('nearcade-player')?.shadowRoot?.activeElement?.tagName === 'BUTTON',
    )
    expect(await active()).to.equal('Back to the game')
    await page.keyboard.press('Tab')
    expect(await active()).to.equal('Play')
    await page.keyboard.press('Shift+Tab')
    await page.keyboard.press('Enter')
    const before = await untilLab(lab(frame), 'nothing is held', ({ keysDown }) => keysDown === 0)
    await page.keyboard.press('KeyB')
    await untilLab(lab(frame), 'the next key is seen', (seen) => seen.presses > before.presses)
    await stop(page)
    await context.close()
  })

  it("has its publisher's user again on the next visit", async () => {
    const context = await newContext(browser)
    const page = await visit(context)
    const id = await sessionIn(await play(page))
    await page.reload()
    // The session still runs: nobody but the same player finds it.
    const again = await play(page)
    expect(await sessionIn(again)).to.equal(id)
    await stop(page)
    await context.close()
    const other = await newContext(browser)
    const page2 = await visit(other)
    expect(await sessionIn(await play(page2))).not.to.equal(id)
    await stop(page2)
    await other.close()
  })

  it('lets the page and the game speak with each other', async () => {
    const context = await newContext(browser)
    const page = await visit(context)
    const say = (message: unknown) =>
      page.evaluate((value) => document.querySelector('nearcade-player')?.send(value), message)
    const heard = (type: string) =>
      page.evaluate(
        (name) => window.told.filter((one) => one.type === name).map(({ detail }) => detail),
        type,
      )
    await say({ ask: 'presses' })
    await page.waitForFunction(() => window.told.some(({ type }) => type === 'messageerror'))
    expect((await heard('messageerror'))[0]).to.include({ code: 'game-not-playing' })
    const frame = await play(page)
    await page.click('[data-do=animate]')
    await untilLab(lab(frame), 'the game does what the page says', ({ animating }) => animating)
    await page.waitForSelector('[data-do=animate][aria-pressed=true]')
    expect(await page.textContent('[data-role=heard]')).to.equal('The game says {"animating":true}')
    await page.click('[data-do=animate]')
    await say('x'.repeat(17_000))
    for (let n = 0; n < 40; n += 1) await say({ ask: 'presses' })
    await page.waitForFunction(() =>
      window.told.some(({ detail }) => detail !== null && 'presses' in Object(detail)),
    )
    const refused = (await heard('messageerror')).map(({ code }) => code)
    expect(refused).to.include('message-too-large')
    expect((await heard('message'))[0]).to.deep.equal({ animating: true })
    await stop(page)
    await context.close()
  })

  it('tells the page why a launch token is no good', async () => {
    const context = await newContext(browser)
    await context.route(`${shop}/launch-token`, (route) =>
      route.fulfill({
        body: launchToken({ url: 'https://elsewhere.example', game, orgId, keyId, key }, 'x'),
      }),
    )
    const page = await visit(context)
    expect(await errorIn(page)).to.include({ code: 'launch-token-refused' })
    await context.close()
  })

  it('does what the page says of sound, and leaves its own controls away', async () => {
    const context = await newContext(browser)
    const page = await visit(context)
    await page.evaluate(() => document.querySelector('nearcade-player')?.setAttribute('controls', 'off'))
    const frame = await play(page)
    const muted = () => frame.evaluate(() => document.querySelector('video')?.muted)
    expect(await muted()).to.equal(false)
    await page.click('[data-do=mute]')
    await page.waitForSelector('[data-do=mute][aria-pressed=true]')
    expect(await muted()).to.equal(true)
    await page.evaluate(() => {
      const player = document.querySelector<NearcadePlayer>('nearcade-player')
      if (player !== null) player.volume = 0.25
    })
    await frame.waitForFunction(() => document.querySelector('video')?.volume === 0.25)
    expect(await frame.locator('.bar-layer').isVisible()).to.equal(false)
    await page.evaluate(() => document.querySelector('nearcade-player')?.removeAttribute('controls'))
    await frame.waitForSelector('.bar-handle', { state: 'visible' })
    await stop(page)
    await context.close()
  })

  it('can be used by everybody: nothing serious for axe in page and frame, no way out to elsewhere', async () => {
    const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
    const context = await newContext(browser, { viewport: { width: 390, height: 844 } })
    const page = await visit(context)
    const frame = await frameOf(page)
    await frame.waitForSelector('[data-role=start]')
    for (const where of [page.mainFrame(), frame]) {
      await where.evaluate(axe)
      const serious = await where.evaluate(async () => {
        const { axe: checker } = window as unknown as {
          axe: { run(options: object): Promise<{ violations: { id: string; impact: string }[] }> }
        }
        const { violations } = await checker.run({ iframes: false })
        return violations.filter(({ impact }) => ['serious', 'critical'].includes(impact)).map(({ id }) => id)
      })
      expect(serious).to.deep.equal([])
    }
    expect(await frame.locator('a:visible').count()).to.equal(0)
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).to.equal(390)
    await context.close()
  })

  it('costs the page less than 3 kB', async () => {
    const script = await (await fetch(`${network.url}/sdk/nearcade.js`)).arrayBuffer()
    expect(gzipSync(new Uint8Array(script)).length).to.be.below(3_000)
  })
})
