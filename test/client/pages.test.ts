import { expect } from 'chai'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { endReason, endTexts } from '../../config/protocol/session.ts'
import type { Router } from '../../server/router.ts'
import { connectNode, type FakeNode } from '../server/support/fakeNode.ts'
import { openTestBed, type TestBed } from '../server/support/testRouter.ts'
import { launchChromium } from '../support/chromium.ts'
import { expectGoodSight, tabTo } from '../browser/sight.ts'
import {
  answerPublisher,
  emptyRatings,
  emptyStats,
  fullRatings,
  fullStats,
} from './support/publisherAnswers.ts'
import { buildWebApp } from './support/webApp.ts'

/** Real Chromium and router; the node answers by hand, and nobody answers the offer. */
describe('pages', function () {
  this.timeout(60_000)
  let bed: TestBed
  let router: Router
  let browser: Browser
  let context: BrowserContext
  let node: FakeNode
  let page: Page
  let faults: string[]

  const open = async (path: string): Promise<void> => {
    await page.goto(`http://127.0.0.1:${router.port}${path}`)
  }
  const panel = () => page.locator('[data-role="panel"]')
  const cardOf = (change: object): object => ({ ...card, ...change })
  let card: object

  before(async () => {
    bed = await openTestBed()
    router = await bed.start({ webDir: await buildWebApp() })
    browser = await launchChromium()
    const titles = (await (await fetch(`http://127.0.0.1:${router.port}/api/titles`)).json()) as {
      titles: object[]
    }
    card = titles.titles[0] ?? {}
  })
  after(async () => {
    await browser.close()
    await router.close()
    await bed.close()
  })
  beforeEach(async () => {
    node = await connectNode(router.port, { key: await bed.enrolledKey() })
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
    await node.close()
    await bed.endSessions()
    // Also the browser's word on our Content-Security-Policy.
    expect(faults).to.deep.equal([])
  })

  it('library: shows titles with their seats, and details by keyboard alone', async () => {
    await open('/')
    await page.getByText('2 seats free').first().waitFor()
    const details = page.getByRole('link', { name: 'Details of The game' })
    await details.focus()
    await page.keyboard.press('Enter')
    const dialog = page.getByRole('dialog', { name: 'The game' })
    await dialog.waitFor()
    expect(await dialog.textContent()).to.contain('Apache-2.0')
    await page.waitForURL(/#game$/)
    await page.keyboard.press('Escape')
    await dialog.waitFor({ state: 'detached' })
    await page.waitForURL(/\/$/)
    expect(await page.evaluate(() => document.activeElement?.getAttribute('href'))).to.equal('#game')
  })

  it('library: says when no node is online', async () => {
    await node.close()
    await open('/')
    await page.getByText('No node online').first().waitFor()
  })

  it('library: an unreachable router is an error with a way out, an empty catalogue is no error', async () => {
    await page.route('**/api/titles', (route) => route.abort())
    await open('/')
    await page.getByText('cannot be reached').waitFor()
    await page.unroute('**/api/titles')
    await page.route('**/api/titles', (route) => route.fulfill({ json: { titles: [] } }))
    await page.getByRole('button', { name: 'Try again' }).click()
    await page.getByText('No games yet').waitFor()
  })

  it('library: offers a search from seven titles on, and says when it finds nothing', async () => {
    const titles = Array.from({ length: 7 }, (_, n) => cardOf({ id: `game-${n}`, name: `Number ${n}` }))
    await page.route('**/api/titles', (route) => route.fulfill({ json: { titles } }))
    await open('/')
    await page.getByRole('searchbox').fill('number 3')
    await page.locator('.card').waitFor()
    expect(await page.locator('[data-title]').count()).to.equal(1)
    await page.getByRole('searchbox').fill('chess')
    await page.getByText('Nothing found').waitFor()
    await page.getByRole('button', { name: 'Show all games' }).click()
    expect(await page.locator('[data-title]').count()).to.equal(7)
  })

  it('library: a waiting session can be resumed or, after a question, ended', async () => {
    await open('/play/game')
    await page.locator('[data-role="start"]').click()
    const { sessionId } = await node.runSession()
    node.tell(sessionId, { kind: 'suspend', graceEndsAtMs: Date.now() + 80_000 })
    await open('/')
    const session = page.locator('.session')
    await session.getByText(/Paused, waits 1:\d\d more/).waitFor()
    expect(await session.getByRole('link', { name: 'Resume' }).getAttribute('href')).to.equal(
      `/play/game?session=${sessionId}`,
    )
    await session.getByRole('button', { name: 'End' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Keep it' }).click()
    await session.getByRole('button', { name: 'End' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'End session' }).click()
    await session.waitFor({ state: 'detached' })
  })

  it('play: starts at the first key, not at those that move the focus, and tells each step', async () => {
    await open('/play/game')
    await page.locator('[data-role="start"]').waitFor()
    await page.keyboard.press('Shift')
    await page.keyboard.press('Tab')
    expect(await page.locator('[data-role="progress"]').count()).to.equal(0)
    await page.evaluate(() =>
      document.activeElement instanceof HTMLElement ? document.activeElement.blur() : null,
    )
    await page.keyboard.press('g')
    const step = (name: string) => page.locator(`[data-step="${name}"][data-state="now"]`)
    await step('placing').waitFor()
    await node.acceptReserve()
    const { sessionId } = await node.acceptStart()
    for (const name of ['display', 'sound', 'game', 'picture'] as const) {
      node.tell(sessionId, { kind: 'start', step: name })
      await step(name).waitFor()
    }
    node.tell(sessionId, { kind: 'ready' })
    await step('connecting').waitFor()
    expect(await page.locator('[data-state="done"]').count()).to.equal(5)
  })

  it('play: says why this node, and shows every candidate with its terms, by keyboard alone', async () => {
    const other = await connectNode(router.port, {
      key: await bed.enrolledKey(),
      status: { siteName: 'Second site', draining: true },
    })
    await open('/play/game?autostart=1')
    await node.acceptReserve()
    await node.acceptStart()
    const details = page.getByRole('button', { name: 'All candidates' })
    await details.waitFor()
    expect(await page.locator('.progress-why').textContent()).to.contain('Test site')
    await details.focus()
    await page.keyboard.press('Enter')
    const dialog = page.getByRole('dialog', { name: 'Why this node?' })
    const row = (site: string) => dialog.getByRole('row', { name: new RegExp(site) })
    await row('Test site').getByText('chosen').waitFor()
    expect(await row('Second site').textContent()).to.contain('about to stop')
    expect(await dialog.getByRole('columnheader').allTextContents()).to.include.members(['Network', 'Total'])
    await page.keyboard.press('Escape')
    await dialog.waitFor({ state: 'detached' })
    await other.close()
  })

  it('play: sends its offer while the game still starts, with sound and picture to receive and four channels', async () => {
    await open('/play/game')
    await page.locator('[data-role="start"]').click()
    await node.acceptReserve()
    await node.acceptStart()
    const { signal } = await node.socket.next('signal')
    expect(signal.kind).to.equal('offer')
    const sdp = signal.kind === 'offer' ? signal.sdp : ''
    expect(sdp)
      .to.match(/m=video[\s\S]*a=recvonly/)
      .and.match(/m=audio[\s\S]*a=recvonly/)
      .and.contain('m=application')
    expect(sdp).to.contain('stereo=1')
  })

  for (const reason of endReason.options.filter(
    (each) => !['no-node-online', 'no-seat-free', 'edge-gone'].includes(each),
  ))
    it(`play: ${reason} says what happened and what to do, and a key leads on`, async () => {
      await open('/play/game?autostart=1')
      await node.acceptReserve()
      const { sessionId } = await node.acceptStart()
      node.tell(sessionId, { kind: 'start', step: 'game' })
      node.tell(sessionId, { kind: 'end', reason, detail: null, atMs: 1 })
      await panel().getByText(endTexts[reason].what).waitFor()
      expect(await panel().textContent()).to.contain(endTexts[reason].next)
      expect(await panel().getByRole('link', { name: 'Back to the library' }).getAttribute('href')).to.equal(
        '/',
      )
      await page.keyboard.press('Enter')
      await page.locator('[data-role="progress"]').waitFor()
    })

  it('play: without any node, and with every seat taken, says so at once', async () => {
    node.status({ draining: true })
    await open('/play/game?autostart=1')
    await panel().getByRole('button', { name: 'Try again' }).waitFor()
    expect(await panel().textContent()).to.match(/seat|node/i)
  })

  it('play: a refused request is an error in the catalogue’s words', async () => {
    await page.route('**/api/sessions', (route) => route.abort())
    await open('/play/game?autostart=1')
    await panel().getByText('cannot be reached').waitFor()
    await page.unroute('**/api/sessions')
    await panel().getByRole('button', { name: 'Try again' }).click()
    await node.acceptReserve()
  })

  it('play: a step that takes too long is named, with a way to try again and a way back', async () => {
    await page.clock.install()
    await open('/play/game?autostart=1')
    await page.locator('[data-step="placing"][data-state="now"]').waitFor()
    await page.clock.runFor(9_000)
    const overdue = page.locator('.progress-overdue')
    await overdue.getByText('Finding a node takes longer').waitFor()
    expect(await overdue.getByRole('link', { name: 'Back to the library' }).count()).to.equal(1)
    expect(await overdue.getByRole('button', { name: 'Try again' }).count()).to.equal(1)
  })

  it('play: a session of this title is offered again, and one address resumes it at once', async () => {
    await open('/play/game?autostart=1')
    const { sessionId } = await node.runSession()
    node.tell(sessionId, { kind: 'suspend', graceEndsAtMs: Date.now() + 80_000 })
    await open('/play/game')
    await page.getByText('to resume').waitFor()
    await page.getByRole('button', { name: 'Start a new game instead' }).waitFor()
    await open(`/play/game?session=${sessionId}`)
    await page.locator('[data-step="connecting"][data-state="now"]').waitFor()
    expect(await page.evaluate(() => window.nearcade.session?.id)).to.equal(sessionId)
  })

  it('play: a window that was taken over can take the session back', async () => {
    await open('/play/game?autostart=1')
    const { sessionId } = await node.runSession()
    const { signal } = await node.socket.next('signal')
    node.socket.send({
      kind: 'signal',
      sessionId,
      signal: { kind: 'rejected', peerId: signal.peerId, code: 'session-taken' },
    })
    await panel().getByText('You are playing this session in another window.').waitFor()
    await panel().getByRole('button', { name: 'Take it back' }).click()
    const again = await node.socket.inbox.take(
      (message) =>
        message.kind === 'signal' &&
        message.signal.kind === 'offer' &&
        message.signal.peerId !== signal.peerId,
    )
    expect(again.kind).to.equal('signal')
  })

  it('play: asks at the end how it was, where that is wanted, by keys and no more than once', async () => {
    const sent: unknown[] = []
    await page.route('**/api/titles/game/rating**', async (route) => {
      const body = route.request().postDataJSON() as { stars: number; text?: string } | null
      if (body !== null) sent.push(body)
      const mine = body === null ? null : { text: null, ...body, atMs: 1 }
      await route.fulfill({ json: { may: true, ask: true, mine } })
    })
    await open('/play/game?autostart=1')
    await node.acceptReserve()
    const { sessionId } = await node.acceptStart()
    node.tell(sessionId, { kind: 'end', reason: 'game-exited', detail: null, atMs: 1 })
    const rating = page.locator('[data-role=rating]')
    await rating.waitFor()
    // The way on has the focus all the same.
    expect(await page.evaluate(() => document.activeElement?.textContent)).to.equal('Play again')
    await tabTo(page, 'Not now')
    await page.keyboard.press('Enter')
    expect(await rating.textContent()).to.contain('You were not asked')
    expect(await page.evaluate(() => localStorage.getItem('nearcade.unrated'))).to.equal('["game"]')
    expect(await page.evaluate(() => document.activeElement?.textContent)).to.equal('Rate it')
    await page.keyboard.press('Enter')
    await page.keyboard.press('Enter')
    await rating.getByText('Choose one to five stars first').waitFor()
    await page.keyboard.press('ArrowRight')
    await page.keyboard.press('ArrowRight')
    await rating.getByLabel('A few words').fill(' <i>fun</i> ')
    await expectGoodSight(page, 'a rating')
    await rating.getByRole('button', { name: 'Send' }).click()
    await rating.getByText('You gave it 3 stars').waitFor()
    expect(sent).to.deep.equal([{ stars: 3, text: '<i>fun</i>' }])
    await rating.getByRole('button', { name: 'Take it back' }).click()
    await rating.getByText('You were not asked').waitFor()
  })

  it('library: a title says how players find it, once enough have said so', async () => {
    const rated = { ...card, rating: { mean: 4.25, players: 8 } }
    await page.route('**/api/titles', (route) => route.fulfill({ json: { titles: [rated] } }))
    await open('/#game')
    await page.getByRole('dialog').getByText('4.3 of 5 stars, by 8 of them').waitFor()
  })

  it('publisher: shows how a title feels by place and day, and what players think, in words and in pictures', async () => {
    await answerPublisher(page, fullStats, fullRatings)
    await open('/publisher#/harbour/titles/pong')
    const quality = page.locator('[data-role=quality]')
    await quality.locator('.map .region').first().waitFor()
    expect(await quality.locator('.map .region-good, .map .region-fair, .map .region-slow').count()).to.equal(
      3,
    )
    const rows = await quality
      .getByRole('table', { name: 'By where players are' })
      .getByRole('row')
      .allTextContents()
    expect(rows[1]).to.contain('Portugal, 39° N 9° W').and.to.contain('42 ms')
    expect(rows[2]).to.contain('The rest of Portugal')
    expect(rows[4]).to.contain('Elsewhere').and.to.contain('fewer than 5 different players')
    await quality.getByLabel('Where', { exact: true }).selectOption({ label: 'Portugal, 39° N 9° W' })
    expect(await quality.locator('.day-chart').getAttribute('aria-label')).to.contain('42 ms in the median')
    await quality.getByText('The same as a table').click()
    const ratings = page.locator('[data-role=ratings]')
    expect(await ratings.textContent())
      .to.contain('4.14 of 5')
      .and.to.contain('More <b>levels</b>')
    expect(await page.locator('[data-role=install-faults]').textContent()).to.contain(
      '1.1.0 on 2 nodes at Porto, Ulm: The node lacks something',
    )
    await expectGoodSight(page, 'figures of a title')
  })

  it('publisher: says what is missing where nobody has played yet', async () => {
    await answerPublisher(page, emptyStats, emptyRatings)
    await open('/publisher#/harbour/titles/pong')
    await page.getByText('Nobody has rated it yet').waitFor()
    await page.getByText('No session was measured in this time').waitFor()
    expect(await page.locator('.map').count()).to.equal(0)
  })

  it('play: an unknown session is an error, not a spinner', async () => {
    await open('/play/game?session=nobody')
    await panel().getByRole('alert').waitFor()
    expect(await panel().textContent()).to.contain('no such session')
  })

  it('phone: nothing is wider than the screen, and thumbs can hit every button', async () => {
    await context.close()
    context = await browser.newContext({
      viewport: { width: 390, height: 844 },
      isMobile: true,
      hasTouch: true,
    })
    page = await context.newPage()
    for (const path of ['/', '/#game', '/play/game']) {
      await open(path)
      await page.locator('[data-title], [data-role="start"]').first().waitFor()
      expect(await page.evaluate(() => document.documentElement.scrollWidth), path).to.be.at.most(390)
      const small = await page.evaluate(() =>
        [...document.querySelectorAll('button, a.button')]
          .map((element) => ({ name: element.textContent, height: element.getBoundingClientRect().height }))
          .filter(({ height }) => height > 0 && height < 40),
      )
      expect(small, path).to.deep.equal([])
    }
  })
})
