import { expect } from 'chai'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { systemClock } from '../../server/clock.ts'
import type { Router } from '../../server/router.ts'
import { connectNode, type FakeNode } from '../server/support/fakeNode.ts'
import { newPlayer } from '../server/support/fakePlayer.ts'
import { openTestBed, type TestBed } from '../server/support/testRouter.ts'
import { launchChromium } from '../support/chromium.ts'
import { buildWebApp } from './support/webApp.ts'

/** Real Chromium and router; a node with one seat answers by hand. */
describe('the line, from the page to the router and back', function () {
  this.timeout(60_000)
  let bed: TestBed
  let webDir: string
  let router: Router
  let browser: Browser
  let context: BrowserContext
  let node: FakeNode
  let page: Page
  /** By how much the router's clock has been put forward, ms. */
  let aheadMs: number

  before(async () => {
    bed = await openTestBed()
    webDir = await buildWebApp()
    browser = await launchChromium()
  })
  after(async () => {
    await browser.close()
    await bed.close()
  })
  beforeEach(async () => {
    aheadMs = 0
    router = await bed.start({ webDir }, { ...systemClock, now: () => Date.now() + aheadMs })
    node = await connectNode(router.port, { key: await bed.enrolledKey(), seats: 1 })
    context = await browser.newContext({ viewport: { width: 1280, height: 800 } })
    page = await context.newPage()
  })
  afterEach(async () => {
    await context.close()
    await node.close()
    await router.close()
    await bed.endSessions()
  })

  const waiting = () => page.locator('[data-role="waiting"]')

  /** Somebody else has the only seat. */
  async function takeSeat(): Promise<{ free(): void }> {
    const first = await newPlayer(router.port)
    const created = first.create()
    const { sessionId } = await node.runSession()
    await created
    node.status()
    return {
      free() {
        node.tell(sessionId, { kind: 'end', reason: 'player-ended', detail: null, atMs: Date.now() })
        node.status()
      },
    }
  }

  it('a seat that comes free is held for the first in line, who takes it with Enter, also after a reload', async () => {
    const seat = await takeSeat()
    await page.goto(`http://127.0.0.1:${router.port}/play/game?autostart=1`)
    await waiting().getByText('of 1 in line').first().waitFor()
    await page.goto(`http://127.0.0.1:${router.port}/play/game`)
    await waiting().getByText('of 1 in line').first().waitFor()
    aheadMs = 60_000
    seat.free()
    await node.acceptReserve()
    await waiting().getByRole('heading', { name: 'A seat in Test site is yours' }).waitFor()
    await page.keyboard.press('Enter')
    // The router makes sure that the node still has it.
    await node.acceptReserve()
    const { sessionId } = await node.acceptStart()
    await page.locator('[data-role="progress"]').waitFor()
    expect(await page.evaluate(() => window.nearcade.session?.id)).to.equal(sessionId)
    expect((await node.socket.next('signal')).sessionId).to.equal(sessionId)
  })

  it('somebody who has only just come is not asked', async () => {
    const seat = await takeSeat()
    await page.goto(`http://127.0.0.1:${router.port}/play/game?autostart=1`)
    await waiting().getByText('of 1 in line').first().waitFor()
    seat.free()
    await node.acceptReserve()
    await node.acceptReserve()
    await node.acceptStart()
    await page.locator('[data-role="progress"]').waitFor()
  })

  it('leaving the line ends the wait, and the seat goes to nobody', async () => {
    await takeSeat()
    await page.goto(`http://127.0.0.1:${router.port}/play/game?autostart=1`)
    await waiting().getByRole('button', { name: 'Leave the line' }).click()
    await page.getByText('You left the line.').waitFor()
  })
})
