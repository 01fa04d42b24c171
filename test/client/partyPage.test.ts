import { expect } from 'chai'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import type { FakeNode } from '../server/support/fakeNode.ts'
import { Friend, nodeAt, serve } from '../server/parties/partyBed.ts'
import { type LineBed, openLineBed, seats } from '../server/sessions/lineBed.ts'
import { launchChromium } from '../support/chromium.ts'
import { buildWebApp } from './support/webApp.ts'

/** Real Chromium and router; nodes and the other players answer by hand. */
describe('the page of a party', function () {
  this.timeout(60_000)
  let line: LineBed & { close(): Promise<void> }
  let browser: Browser
  let context: BrowserContext
  let page: Page
  let webDir: string
  let faults: string[]

  before(async () => {
    line = await openLineBed()
    webDir = await buildWebApp()
    browser = await launchChromium()
  })
  after(async () => {
    await browser.close()
    await line.close()
  })
  beforeEach(async () => {
    await line.start({ webDir })
    context = await browser.newContext({
      viewport: { width: 1280, height: 800 },
      permissions: ['clipboard-read', 'clipboard-write'],
    })
    page = await context.newPage()
    faults = []
    page.on('pageerror', (error) => faults.push(error.message))
    page.on('console', (message) => {
      if (message.type() === 'error' && !message.text().startsWith('Failed to load resource'))
        faults.push(message.text())
    })
  })
  afterEach(async () => {
    await context.close()
    await line.end()
    // Also the browser's word on our Content-Security-Policy.
    expect(faults).to.deep.equal([])
  })

  const open = (path: string) => page.goto(`http://127.0.0.1:${line.router.port}${path}`)
  const button = (name: string | RegExp) => page.getByRole('button', { name })
  const status = () => page.locator('.party-status')
  const until = (text: RegExp) => page.getByText(text).first().waitFor()
  const focused = (): Promise<string> => page.evaluate(() => document.activeElement?.textContent ?? '')
  const code = (): string => new URL(page.url()).pathname.split('/').at(-1) ?? ''
  const friend = async (node: FakeNode, rttMs: number): Promise<Friend> =>
    new Friend(await line.player(), new Map([[node, rttMs]]))
  /** A party that the page leads. */
  async function begin(): Promise<string> {
    await open('/party/new?title=game')
    await page.waitForURL(/\/party\/[a-z2-9]{12}$/)
    await until(/Nobody else is here yet/)
    return code()
  }

  it('begins at the page of a game, by keyboard, and gives a link to copy', async () => {
    await nodeAt(line, 'Lyon')
    await open('/play/game')
    const link = page.getByRole('link', { name: 'Play with friends' })
    await link.focus()
    await page.keyboard.press('Enter')
    await page.waitForURL(/\/party\/[a-z2-9]{12}$/)
    await until(/Nobody else is here yet/)
    expect(await button('Start').isDisabled(), 'alone there is nobody to start with').to.equal(true)
    await button('Copy link').click()
    await until(/^Copied$/)
    expect(await page.evaluate(() => navigator.clipboard.readText())).to.equal(page.url())
  })

  it('shows who comes, how far each is and who is ready, starts all, and leads to the game', async () => {
    const node = await nodeAt(line, 'Lyon')
    const joining = await begin()
    const rui = await friend(node, 30)
    await rui.join(joining, false)
    await until(/Player 2 is not ready yet/)
    await page.locator('.member[data-number="2"]').getByText('30 ms').waitFor()
    expect(await button('Start').isDisabled()).to.equal(true)
    await rui.join(joining, true)
    await until(/Everybody is ready/)
    await button('Start').focus()
    await page.keyboard.press('Enter')
    await serve(node, 2)
    await page.waitForURL(new RegExp(`/play/game\\?session=[^&]+&party=${joining}$`))
    await page.goBack()
    await until(/Your game runs in Lyon/)
    await button('Back to the game').click()
    await page.waitForURL(/\/play\/game\?session=/)
  })

  it('lets somebody with the link join, say that they are ready, and follows the leader into the game', async () => {
    const node = await nodeAt(line, 'Lyon')
    const ana = await friend(node, 12)
    await open(`/party/${(await ana.create()).code}`)
    await until(/Player 1 would like to play with you/)
    expect(await page.locator('#invite-link').isVisible()).to.equal(false)
    await button('Join').focus()
    await page.keyboard.press('Enter')
    await until(/Say when you are ready/)
    expect(await focused()).to.equal('I am ready')
    await page.keyboard.press('Enter')
    await until(/Waiting for Player 1 to start/)
    const starting = ana.choose('start')
    await serve(node, 2)
    await starting
    await page.waitForURL(/\/play\/game\?session=/)
  })

  it('says why nobody was started, and offers to wait or to play apart', async () => {
    const node = await nodeAt(line, 'Lyon')
    const joining = await begin()
    const rui = await friend(node, 30)
    await rui.join(joining)
    await until(/Everybody is ready/)
    node.status({ seats: seats('free', 'busy') })
    const isFull = page.getByText(/not enough seats free/).first()
    while (!(await isFull.isVisible())) {
      line.clock.pass(1_000)
      await rui.view()
      await page.waitForTimeout(100)
    }
    await button('Start').click()
    await until(/No site near enough has 2 seats free at once: Lyon has 1 of its 2 free/)
    await button(/Wait for a site/).click()
    await until(/Waiting for a site with a seat for everybody/)
    expect(await button(/Wait for a site/).count(), 'that is what it does now').to.equal(0)
    await button('Stop waiting').click()
    await until(/Everybody is ready/)
    expect(await status().textContent()).not.to.contain('Waiting')
  })

  it('says that a party is over, full, of a game that is gone, or that it cannot be reached, with what to do', async () => {
    await open('/party/aaaaaaaaaaaa')
    await until(/There is no such party any more/)
    await page.getByRole('link', { name: 'Back to the library' }).waitFor()
    const node = await nodeAt(line, 'Lyon')
    const ana = await friend(node, 12)
    const { code: full } = await ana.create()
    for (let n = 2; n <= 8; n += 1) await (await friend(node, n)).join(full)
    await open(`/party/${full}`)
    await button('Join').click()
    await until(/as many players as one may have/)
    const { code: open2 } = await new Friend(await line.player()).create()
    await open(`/party/${open2}`)
    await button('Join').waitFor()
    await page.route('**/api/parties/**', (route) => route.abort())
    await until(/cannot be reached/)
    await page.unroute('**/api/parties/**')
    await page.getByText(/cannot be reached/).waitFor({ state: 'hidden' })
    await page.route('**/api/titles/game', (route) =>
      route.fulfill({
        status: 404,
        json: { error: { code: 'title-not-found', what: 'There is no such title.', next: 'Pick another.' } },
      }),
    )
    await page.reload()
    await until(/There is no such title/)
  })

  it('leaves, and at the size of a phone nothing sticks out', async () => {
    await page.setViewportSize({ width: 390, height: 844 })
    const node = await nodeAt(line, 'Frankfurt am Main, Gutleutviertel')
    const joining = await begin()
    for (let n = 2; n <= 5; n += 1) await (await friend(node, n * 20)).join(joining, n % 2 === 0)
    await page.locator('.member[data-number="5"]').waitFor()
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
    expect(wide).to.be.at.most(0)
    await button('Leave').click()
    await page.waitForURL(/\/play\/game$/)
  })
})
