import { expect } from 'chai'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { againText } from '../../client/play/overPicture.ts'
import { sessionView, type SessionView } from '../../config/protocol/api.ts'
import { launchChromium } from '../support/chromium.ts'
import { type Network, type Program, startNetwork } from '../support/network.ts'
import { endPlay, newContext, playLab, sessionIdOf, untilLab } from './lab.ts'

const viewOf = async (page: Page, id: string): Promise<SessionView> =>
  sessionView.parse(
    await page.evaluate(async (session) => (await fetch(`/api/sessions/${session}`)).json(), id),
  )

describe('the death of a node in the middle of a game', function () {
  this.timeout(120_000)
  let network: Network
  let other: Program
  let browser: Browser
  let context: BrowserContext

  before(async () => {
    network = await startNetwork({
      router: { NEARCADE_NODE_LOST_MS: '2000', NEARCADE_HEARTBEAT_MS: '300' },
      edge: { NEARCADE_SEATS: '1', NEARCADE_WARM_SEATS: '0', NEARCADE_SITE_NAME: 'One' },
    })
    other = await network.addEdge({ NEARCADE_SITE_NAME: 'Other' })
    browser = await launchChromium()
    context = await newContext(browser)
  })
  after(async () => {
    await browser.close()
    await network[Symbol.asyncDispose]()
  })

  it('kill -9: the same session has a new picture from another node, and the page says that the game began anew', async () => {
    const page = await playLab(context, network)
    await page.keyboard.press('KeyA')
    await page.keyboard.press('KeyB')
    await untilLab(page, 'both presses count', ({ presses }) => presses >= 2)
    const id = await sessionIdOf(page)
    const before = await viewOf(page, id)
    const dying = before.siteName === 'One' ? network.edge : other
    const diedAtMs = performance.now()
    await dying.kill('SIGKILL')

    await untilLab(page, 'a new game is on screen', ({ presses }) => presses === 0, 40_000)
    const tookMs = performance.now() - diedAtMs
    // Whether the game's first save was at the router by then is a matter of moments.
    const { again } = await viewOf(page, id)
    if (again === null) throw new Error('the session does not know that it began anew')
    await page.getByText(againText(again)).first().waitFor()
    await page.waitForFunction(() => window.nearcade.phase === 'playing')
    await page.keyboard.press('KeyC')
    await untilLab(page, 'it takes keys', ({ presses }) => presses === 1)
    const after = await viewOf(page, id)
    expect(after.siteName).not.to.equal(before.siteName)
    expect(after.again?.times).to.equal(1)
    expect(after.state.kind).to.equal('playing')
    // Two seconds until the node counts as lost, and the start of a game.
    expect(tookMs).to.be.lessThan(20_000)
    await endPlay(page)
  })
})
