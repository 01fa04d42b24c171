import { expect } from 'chai'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { type EndReason, endTexts } from '../../config/protocol/session.ts'
import { launchChromium } from '../support/chromium.ts'
import { type Network, startNetwork } from '../support/network.ts'
import { descendants, sessionProcesses } from '../support/processes.ts'
import { endPlay, newContext, openTitle, playLab, sessionIdOf, untilLab, untilState } from './lab.ts'

/** The page says what happened and what to do, with a way on; nothing spins. */
async function seesEnd(page: Page, reason: EndReason): Promise<void> {
  const { what, next } = endTexts[reason]
  await page.getByText(what).first().waitFor({ timeout: 20_000 })
  await page.getByText(next).first().waitFor({ timeout: 5000 })
  expect(await page.locator('[data-role="panel"] button, [data-role="panel"] a').count()).to.be.greaterThan(0)
}

const game = (network: Network): number => {
  const pid = descendants(network.edge.pid).find(
    ({ commandLine }) =>
      commandLine.includes('main.cjs') && !commandLine.startsWith('bwrap') && !commandLine.includes('/bwrap'),
  )?.pid
  if (pid === undefined) throw new Error('no game runs')
  return pid
}

describe('a session’s life, as its player sees it', function () {
  this.timeout(90_000)
  let network: Network
  let browser: Browser
  let context: BrowserContext

  before(async () => {
    network = await startNetwork({
      router: { NEARCADE_NODE_LOST_MS: '4000', NEARCADE_HEARTBEAT_MS: '300' },
      edge: { NEARCADE_SEATS: '2' },
    })
    browser = await launchChromium()
    context = await newContext(browser)
  })
  after(async () => {
    await browser.close()
    await network[Symbol.asyncDispose]()
  })

  it('closed tab: the game freezes, and another browser of the same guest goes on where it was', async () => {
    const page = await playLab(context, network)
    await page.keyboard.press('KeyA')
    await page.keyboard.press('KeyK')
    const left = await untilLab(page, 'K is seen', ({ lastKey }) => lastKey === 37)
    const id = await sessionIdOf(page)
    const watcher = await openTitle(context, network, 'latency-lab')
    await page.close()
    await untilState(watcher, id, 'suspended')
    const frozen = await untilFrozen(network)
    expect(frozen).to.equal(true)
    const other = await newContext(browser, { storageState: await context.storageState() })
    const resumed = await playLab(other, network, `?autostart=1&session=${id}`)
    const now = await untilLab(resumed, 'the same game', ({ presses }) => presses >= left.presses)
    expect(now.presses).to.equal(left.presses)
    expect(now.animating).to.equal(true)
    await untilLab(resumed, 'it runs again', ({ counter }) => counter > now.counter + 10)
    await untilState(watcher, id, 'playing')
    await watcher.close()
    await endPlay(resumed)
    await other.close()
  })

  it('second window: it takes over, the first says so and can take it back', async () => {
    const first = await playLab(context, network)
    const id = await sessionIdOf(first)
    const second = await playLab(context, network, `?autostart=1&session=${id}`)
    await first.getByText('another window', { exact: false }).first().waitFor()
    await first.getByRole('button', { name: /back/i }).first().click()
    await untilLab(first, 'the picture is back', () => true)
    await second.getByText('another window', { exact: false }).first().waitFor()
    await second.close()
    await endPlay(first)
  })

  it('lost browser: the edge notices the silence and suspends', async () => {
    const page = await playLab(context, network)
    const id = await sessionIdOf(page)
    const watcher = await openTitle(context, network, 'latency-lab')
    // A crashed renderer says no goodbye.
    page.goto('chrome://crash').catch(() => undefined)
    await untilState(watcher, id, 'suspended', 20_000)
    await page.close()
    const resumed = await playLab(context, network, `?autostart=1&session=${id}`)
    await endPlay(resumed)
    await watcher.close()
  })

  it('end by the player: player-ended', async () => {
    const page = await playLab(context, network)
    const id = await sessionIdOf(page)
    await page.keyboard.press('Control+Alt+Shift+M')
    await page.getByRole('button', { name: 'End session' }).click()
    await page.getByRole('dialog').getByRole('button', { name: /end/i }).click()
    expect((await untilState(page, id, 'ended')).reason).to.equal('player-ended')
    await seesEnd(page, 'player-ended')
    await page.close()
  })

  it('crash of the game: game-crashed', async () => {
    const page = await playLab(context, network)
    process.kill(game(network), 'SIGSEGV')
    await seesEnd(page, 'game-crashed')
    await page.close()
  })

  it('crash of the session process: session-crashed, and its neighbour plays on', async () => {
    const neighbour = await playLab(context, network)
    await neighbour.keyboard.press('KeyA')
    const before = new Set(sessionProcesses(network.edge.pid).map(({ pid }) => pid))
    const page = await playLab(context, network, '?autostart=1&new=1')
    const id = await sessionIdOf(page)
    const line = network.edge
      .log()
      .split('\n')
      .find((text) => text.includes(id) && text.includes('sessionPid'))
    const pid =
      line === undefined
        ? [...sessionProcesses(network.edge.pid)].find((each) => !before.has(each.pid))?.pid
        : Number(/"sessionPid":(\d+)/.exec(line)?.[1])
    process.kill(pid ?? Number.NaN, 'SIGKILL')
    await seesEnd(page, 'session-crashed')
    const { counter } = await untilLab(neighbour, 'still there', () => true)
    await untilLab(neighbour, 'still moving', (state) => state.counter > counter + 30)
    await page.close()
    await endPlay(neighbour)
  })

  it('router restarted: live play goes on, and the session is known again', async () => {
    const page = await playLab(context, network)
    const id = await sessionIdOf(page)
    await page.keyboard.press('KeyA')
    await network.router.kill('SIGKILL')
    const { counter, presses } = await untilLab(
      page,
      'a picture without a router',
      ({ animating }) => animating,
    )
    await page.keyboard.press('KeyB')
    await untilLab(page, 'plays on', (state) => state.counter > counter + 60 && state.presses > presses)
    await network.restartRouter('SIGKILL')
    expect((await untilState(page, id, 'playing')).kind).to.equal('playing')
    await endPlay(page)
  })

  it('edge gone: edge-gone after the stated time', async () => {
    const page = await playLab(context, network)
    await network.edge.kill('SIGKILL')
    await seesEnd(page, 'edge-gone')
    await page.close()
    await network.startEdge()
  })

  it('no seat free: the player stands in line at once, and gets the seat that somebody leaves', async () => {
    const [first, second] = await Promise.all(
      [0, 1].map(async () => playLab(await newContext(browser), network)),
    )
    const late = await openTitle(await newContext(browser), network, 'latency-lab', '?autostart=1')
    const line = late.locator('[data-role="waiting"]')
    await line.getByRole('heading', { name: 'Every seat near you is taken' }).waitFor()
    if (first !== undefined) await endPlay(first)
    // Who has waited for long is asked whether they are still there.
    const playing = untilLab(late, 'a game of its own', () => true, 30_000)
    await Promise.race([playing, line.getByRole('button', { name: 'Play', exact: true }).click()])
    await playing
    await endPlay(late)
    if (second !== undefined) await endPlay(second)
  })
})

describe('a session left alone', function () {
  this.timeout(90_000)
  let network: Network
  let browser: Browser

  before(async () => {
    network = await startNetwork({
      router: { NEARCADE_GRACE_MS: '1500', NEARCADE_IDLE_MS: '6000', NEARCADE_IDLE_WARNING_MS: '4000' },
      edge: { NEARCADE_SEATS: '1' },
    })
    browser = await launchChromium()
  })
  after(async () => {
    await browser.close()
    await network[Symbol.asyncDispose]()
  })

  it('grace over: grace-expired', async () => {
    const context = await newContext(browser)
    const page = await playLab(context, network)
    const id = await sessionIdOf(page)
    const watcher = await openTitle(context, network, 'latency-lab')
    await page.close()
    expect((await untilState(watcher, id, 'ended')).reason).to.equal('grace-expired')
    await context.close()
  })

  it('idle: a warning that any sign of life clears, then idle-timeout', async () => {
    const page = await playLab(await newContext(browser), network)
    const dialog = page.getByRole('dialog').or(page.getByRole('alertdialog')).first()
    await dialog.waitFor({ timeout: 15_000 })
    await dialog.getByRole('button').first().click()
    await dialog.waitFor({ state: 'hidden' })
    await dialog.waitFor({ timeout: 15_000 })
    await seesEnd(page, 'idle-timeout')
    await page.close()
  })
})

/** A frozen game takes no CPU time: its counter of it stands still. */
async function untilFrozen(network: Network): Promise<boolean> {
  const pid = game(network)
  const cpuMs = (): number => descendants(pid)[0]?.cpuMs ?? 0
  for (let attempt = 0; attempt < 20; attempt++) {
    const before = cpuMs()
    await new Promise((resolve) => setTimeout(resolve, 500))
    if (cpuMs() === before) return true
  }
  return false
}
