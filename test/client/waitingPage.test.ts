import { expect } from 'chai'
import type { Browser, BrowserContext, Page, WebSocketRoute } from 'playwright-core'
import type { SessionChoice, SessionView, WaitView } from '../../config/protocol/api.ts'
import { endTexts } from '../../config/protocol/session.ts'
import { protocolVersion } from '../../config/protocol/version.ts'
import type { Router } from '../../server/router.ts'
import { createInbox } from '../server/support/inbox.ts'
import { openTestBed, type TestBed } from '../server/support/testRouter.ts'
import { launchChromium } from '../support/chromium.ts'
import { buildWebApp } from './support/webApp.ts'

const line = { region: 'Europe', seatClass: '720p60', sinceMs: 1, budgetMs: null }
const wait: WaitView = {
  why: 'full',
  region: 'Europe',
  seatClass: '720p60',
  position: 3,
  length: 7,
  etaMs: 240_000,
  offers: [
    { kind: 'queue' },
    { kind: 'farther', siteId: 'sydney', siteName: 'Sydney', rttMs: 180 },
    { kind: 'lower-budget', budgetMs: 120, etaMs: 60_000 },
  ],
  hold: null,
}
const held: WaitView = {
  ...wait,
  position: 1,
  offers: [],
  hold: { siteName: 'Frankfurt', rttMs: 12.3, leftMs: 30_000, ofMs: 30_000 },
}

/** A real page in Chromium; the router's answers about one session are made here, so that each view comes when the test says so. */
class Line {
  readonly #choices = createInbox<SessionChoice>()
  readonly #page: Page
  #socket: WebSocketRoute | null = null
  #view: SessionView
  #refuse: object | null = null

  constructor(page: Page) {
    this.#page = page
    this.#view = {
      id: 'session',
      titleId: 'game',
      titleName: 'The game',
      createdAtMs: Date.now() - 65_000,
      state: { kind: 'waiting', ...line },
      siteName: null,
      graceMs: 90_000,
      revision: 2,
      wait,
      again: null,
      end: null,
    }
  }

  async open(): Promise<void> {
    await this.#page.routeWebSocket(/\/ws\/player$/, (socket) => {
      this.#socket = socket
      socket.onMessage((text) => {
        const { kind } = JSON.parse(String(text)) as { kind: string }
        if (kind === 'hello') socket.send(JSON.stringify({ kind: 'welcome', version: protocolVersion }))
        if (kind === 'attach') this.#tell()
      })
    })
    await this.#page.route('**/api/sessions', (route) => route.fulfill({ json: this.#view, status: 201 }))
    await this.#page.route('**/api/sessions/session', (route) => route.fulfill({ json: this.#view }))
    await this.#page.route('**/api/me', (route) =>
      route.fulfill({ json: { guestId: 'guest', sessions: [this.#view] } }),
    )
    await this.#page.route('**/api/sessions/session/choice', async (route) => {
      this.#choices.put(route.request().postDataJSON() as SessionChoice)
      if (this.#refuse === null) await route.fulfill({ json: this.#view })
      else await route.fulfill({ status: 409, json: { error: this.#refuse } })
    })
  }

  show(change: Partial<SessionView>): void {
    this.#view = { ...this.#view, revision: this.#view.revision + 1, ...change }
    this.#tell()
  }

  /** What the page asked for next, once it has its answer. */
  async chosen(): Promise<SessionChoice> {
    const choice = await this.#choices.take(() => true)
    await this.#page.locator('[aria-busy="true"]').waitFor({ state: 'detached' })
    return choice
  }

  refuseChoices(error: object): void {
    this.#refuse = error
  }

  #tell(): void {
    this.#socket?.send(JSON.stringify({ kind: 'session', session: this.#view }))
  }
}

describe('the page of the line', function () {
  this.timeout(60_000)
  let bed: TestBed
  let router: Router
  let browser: Browser
  let context: BrowserContext
  let page: Page
  let queue: Line
  let faults: string[]

  before(async () => {
    bed = await openTestBed()
    router = await bed.start({ webDir: await buildWebApp() })
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
    queue = new Line(page)
    await queue.open()
  })
  afterEach(async () => {
    await context.close()
    expect(faults).to.deep.equal([])
  })

  const open = async (query = '?autostart=1'): Promise<void> => {
    await page.goto(`http://127.0.0.1:${router.port}/play/game${query}`)
    await page.locator('[data-role="waiting"]').waitFor()
  }
  const said = () => page.locator('[data-role="waiting"] [role="status"]')
  const until = (text: RegExp) => page.locator('[data-role="waiting"]').getByText(text).first().waitFor()
  const focused = (): Promise<string> => page.evaluate(() => document.activeElement?.textContent ?? '')

  it('tells the place in the line and the time, moves with it, and says each move to a screen reader', async () => {
    await open()
    await until(/of 7 in line/)
    expect(await said().textContent())
      .to.contain('number 3 of 7')
      .and.contain('about 4 min')
    queue.show({ wait: { ...wait, position: 2, length: 6, etaMs: 100_000 } })
    await until(/of 6 in line/)
    expect(await said().textContent()).to.contain('number 2 of 6')
    expect(await page.title()).to.match(/^\(2\)/)
  })

  it('claims no time that nobody knows', async () => {
    await open()
    queue.show({ wait: { ...wait, etaMs: null } })
    await until(/nobody can say yet/)
  })

  it('offers a farther seat knowingly and a lower budget, by keyboard alone', async () => {
    await open()
    const farther = page.getByRole('button', { name: /Play now in Sydney/ })
    expect(await farther.textContent()).to.contain('180 ms')
    await page.keyboard.press('Tab')
    while (!(await focused()).includes('Sydney')) await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    expect(await queue.chosen()).to.deep.equal({ kind: 'farther', siteId: 'sydney' })
    await page.keyboard.press('Tab')
    expect(await focused()).to.contain('120 ms')
    await page.keyboard.press('Space')
    expect(await queue.chosen()).to.deep.equal({ kind: 'lower-budget', budgetMs: 120 })
    while (!(await focused()).includes('Leave')) await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    expect(await queue.chosen()).to.deep.equal({ kind: 'leave' })
  })

  it('keeps the focus on an offer while the line moves', async () => {
    await open()
    await page.getByRole('button', { name: /Play now in Sydney/ }).focus()
    queue.show({ wait: { ...wait, position: 1, offers: [...wait.offers.slice(0, 2)] } })
    await until(/of 7 in line/)
    await page.locator('.offers li').nth(1).waitFor({ state: 'detached' })
    expect(await focused()).to.contain('Sydney')
  })

  it('asks to take a held seat, with its time running down, and Enter takes it', async () => {
    await open()
    queue.show({
      state: { kind: 'held', nodeId: 'n', leaseId: 'l', fence: 1, ...line, confirmByMs: 1 },
      wait: held,
    })
    await until(/Frankfurt/)
    expect(await page.title()).to.match(/^Your seat is ready/)
    expect(await said().textContent()).to.contain('30 seconds')
    await page
      .locator('.waiting-left')
      .getByText(/0:2[0-8]/)
      .waitFor()
    expect(await focused()).to.equal('Play')
    await page.keyboard.press('Enter')
    expect(await queue.chosen()).to.deep.equal({ kind: 'confirm' })
    queue.show({ state: { kind: 'reserved', nodeId: 'n', leaseId: 'l', fence: 1 }, wait: null })
    await page.locator('[data-role="progress"]').waitFor()
  })

  it('goes back to the line when a held seat comes to nothing', async () => {
    await open()
    queue.show({
      state: { kind: 'held', nodeId: 'n', leaseId: 'l', fence: 1, ...line, confirmByMs: 1 },
      wait: held,
    })
    await until(/Frankfurt/)
    queue.show({ state: { kind: 'waiting', ...line }, wait: { ...wait, position: 1 } })
    await until(/of 7 in line/)
    expect(await page.getByRole('button', { name: 'Play', exact: true }).isVisible()).to.equal(false)
  })

  it('says so when a choice is not on offer any more', async () => {
    queue.refuseChoices({ code: 'choice-gone', what: 'Gone it is.', next: 'Choose again.' })
    await open()
    await page.getByRole('button', { name: /Play now in Sydney/ }).click()
    await page.getByRole('alert').getByText('Gone it is. Choose again.').waitFor()
  })

  it('is there again after a reload, without a press', async () => {
    await open('')
    await page.reload()
    await until(/of 7 in line/)
  })

  it('tells what there is where no seat is near enough, and ends calmly when one leaves', async () => {
    await open()
    queue.show({ wait: { ...wait, why: 'too-far', position: null, length: 0, offers: wait.offers.slice(1) } })
    await until(/No node is near enough/)
    expect(await page.locator('.waiting-figures').isVisible()).to.equal(false)
    queue.show({
      state: { kind: 'ended', reason: 'queue-left', detail: null, endedAtMs: 1 },
      wait: null,
      end: { reason: 'queue-left', ...endTexts['queue-left'], detail: null },
    })
    await page.getByText(endTexts['queue-left'].what).waitFor()
  })

  it('phone: fits the screen, and thumbs can hit every button', async () => {
    await page.setViewportSize({ width: 390, height: 844 })
    await open()
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).to.be.at.most(390)
    const heights = await page.evaluate(() =>
      [...document.querySelectorAll('[data-role="waiting"] button')]
        .map((element) => element.getBoundingClientRect())
        .filter(({ height }) => height > 0)
        .map(({ height, right }) => [height >= 44, right <= 390]),
    )
    expect(heights.flat()).not.to.include(false)
  })
})
