import { expect } from 'chai'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import type { Router } from '../../server/router.ts'
import { connectNode, type FakeNode } from '../server/support/fakeNode.ts'
import { newPlayer } from '../server/support/fakePlayer.ts'
import { openTestBed, type TestBed } from '../server/support/testRouter.ts'
import { launchChromium } from '../support/chromium.ts'
import { buildWebApp } from './support/webApp.ts'

const token = 'a-token-of-the-operator'

/** Real Chromium, router and store; the nodes answer by hand. */
describe('the operator’s page', function () {
  this.timeout(60_000)
  let bed: TestBed
  let router: Router
  let browser: Browser
  let context: BrowserContext
  let page: Page
  let faults: string[]
  const nodes: FakeNode[] = []

  before(async () => {
    bed = await openTestBed()
    const nowMs = Date.now()
    await bed.store.events.book({ orgId: 'studio', idempotencyKey: 'one' }, nowMs, () => ({
      id: 'finals',
      orgId: 'studio',
      titleId: 'quest',
      name: 'Finals',
      fromMs: nowMs + 7_200_000,
      toMs: nowMs + 10_800_000,
      entry: 'title',
      token: 'a'.repeat(24),
      giveBackAfterMs: null,
      sites: [{ siteId: 'Oslo', siteName: 'Oslo', seats: 20, givenBack: 0 }],
      idempotencyKey: 'one',
      createdAtMs: nowMs,
      createdBy: 'Ada',
      cancelled: null,
      players: 0,
      mostUsed: 0,
    }))
    router = await bed.start({ webDir: await buildWebApp(), operatorToken: token })
    browser = await launchChromium()
  })
  after(async () => {
    await browser.close()
    await router.close()
    await bed.close()
  })
  beforeEach(async () => {
    context = await browser.newContext({ viewport: { width: 1280, height: 800 } })
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
    for (const node of nodes.splice(0)) await node.close()
    await bed.endSessions()
    // Also the browser's word on our Content-Security-Policy.
    expect(faults).to.deep.equal([])
  })

  async function addNode(siteName: string, lat: number, lon: number, seats = 2): Promise<FakeNode> {
    const key = await bed.enrolledKey()
    const node = await connectNode(router.port, { key, seats, status: { siteName, lat, lon } })
    nodes.push(node)
    return node
  }
  const open = (hash = ''): Promise<unknown> => page.goto(`http://127.0.0.1:${router.port}/operator${hash}`)
  const table = (name: string) => page.getByRole('table', { name })

  it('asks for the token, says when it is wrong, and keeps a right one for the tab', async () => {
    await open()
    await page.keyboard.type('not-the-right-token')
    await page.keyboard.press('Enter')
    await page.getByRole('alert').getByText('operator').waitFor()
    await page.keyboard.type(token)
    await page.keyboard.press('Enter')
    await page.locator('.world').waitFor()
    await page.reload()
    await page.locator('.world').waitFor()
  })

  it('takes the token from the link, and out of the address bar', async () => {
    await open(`#token=${token}`)
    await page.locator('.world').waitFor()
    expect(page.url()).not.to.contain(token)
    expect(page.url()).to.match(/\/operator$/)
  })

  it('shows the seats that are booked, and calls an event off', async () => {
    await open(`#token=${token}`)
    const row = table('Events').getByRole('row', { name: /^Finals/ })
    expect(await row.innerText()).to.match(/Oslo 20[^]*booked, 20 seats/)
    await row.getByRole('button', { name: 'Call off Finals' }).press('Enter')
    await page.getByRole('button', { name: 'Call it off' }).click()
    await page.getByText('Nobody has booked seats for an event.').waitFor()
    expect((await bed.store.events.find('finals'))?.cancelled?.by).to.equal('operator')
  })

  it('says that there is nothing yet where no node is online', async () => {
    await open(`#token=${token}`)
    await page.getByText('No node is online.').waitFor()
    await page.getByText('Nobody waits.').waitFor()
    expect(await page.locator('.site').count()).to.equal(0)
  })

  it('shows sites and who plays, on the map and in the tables, and keeps them fresh', async () => {
    const frankfurt = await addNode('Frankfurt', 50.11, 8.68)
    await open(`#token=${token}`)
    await table('Sites').getByText('Frankfurt').waitFor()
    expect(await page.locator('.site').count()).to.equal(1)
    const player = await newPlayer(router.port)
    const created = player.create()
    await frankfurt.runSession()
    await created
    frankfurt.status()
    await addNode('Tokyo', 35.68, 139.7)
    await table('Sites').getByText('Tokyo').waitFor()
    await table('Who is served from where').getByText('Frankfurt').waitFor()
    expect(
      await table('Sites')
        .getByRole('row', { name: /Frankfurt/ })
        .textContent(),
    ).to.contain('50 %')
  })

  it('shows who plays now, and why there', async () => {
    const frankfurt = await addNode('Frankfurt', 50.11, 8.68)
    await open(`#token=${token}`)
    const created = (await newPlayer(router.port)).create()
    await frankfurt.runSession()
    await created
    await table('Sessions now').getByRole('button', { name: 'Frankfurt' }).first().focus()
    await page.keyboard.press('Enter')
    const dialog = page.getByRole('dialog', { name: 'Why this node?' })
    await dialog.getByRole('rowheader', { name: 'Frankfurt' }).waitFor()
    await page.keyboard.press('Escape')
    await dialog.waitFor({ state: 'detached' })
  })

  it('puts sites where they are', async () => {
    await addNode('Reykjavik', 64.1, -21.9)
    await addNode('Sydney', -33.9, 151.2)
    await open(`#token=${token}`)
    await page.locator('.site').nth(1).waitFor()
    const at = async (name: string) => {
      const box = await page.locator('.site', { hasText: name }).locator('.site-body').boundingBox()
      return { x: box?.x ?? 0, y: box?.y ?? 0 }
    }
    const [north, south] = [await at('Reykjavik'), await at('Sydney')]
    expect(north.x).to.be.lessThan(south.x)
    expect(north.y).to.be.lessThan(south.y)
  })

  it('can be used by keyboard alone: a site of the table is brought to the middle of the map, and keeps the focus', async () => {
    await addNode('Frankfurt', 50.11, 8.68)
    await addNode('Tokyo', 35.68, 139.7)
    await open(`#token=${token}`)
    const button = page.getByRole('button', { name: 'Show Tokyo on the map' })
    await button.focus()
    await page.keyboard.press('Enter')
    const marker = await page.locator('.site-marked .site-body').boundingBox()
    const map = await page.locator('.world').boundingBox()
    const middle = (box: typeof map): number => (box?.x ?? 0) + (box?.width ?? 0) / 2
    expect(Math.abs(middle(marker) - middle(map))).to.be.lessThan((map?.width ?? 0) * 0.2)
    await addNode('Paris', 48.86, 2.35)
    await table('Sites').getByText('Paris').waitFor()
    expect(await page.evaluate(() => document.activeElement?.textContent)).to.equal('Tokyo')
    await page.locator('.world').focus()
    const before = await page.locator('.world > g').getAttribute('transform')
    await page.keyboard.press('+')
    expect(await page.locator('.world > g').getAttribute('transform')).not.to.equal(before)
  })

  it('says so when the router cannot be reached, and goes on by itself', async () => {
    await addNode('Frankfurt', 50.11, 8.68)
    await open(`#token=${token}`)
    await table('Sites').getByText('Frankfurt').waitFor()
    await page.route('**/api/operator/**', (route) => route.abort())
    await page.getByRole('alert').getByText('cannot be reached').waitFor()
    expect(await table('Sites').getByText('Frankfurt').isVisible()).to.equal(true)
    await page.unroute('**/api/operator/**')
    await page.getByRole('alert').waitFor({ state: 'hidden' })
  })

  it('phone: nothing is wider than the screen', async () => {
    await addNode('Frankfurt', 50.11, 8.68)
    await page.setViewportSize({ width: 390, height: 844 })
    await open(`#token=${token}`)
    await table('Sites').getByText('Frankfurt').waitFor()
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).to.be.at.most(390)
  })
})
