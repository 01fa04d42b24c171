import { expect } from 'chai'
import type { Browser, Page } from 'playwright-core'
import { launchChromium } from '../support/chromium.ts'
import { type Network, startNetwork } from '../support/network.ts'
import { probeScript } from '../support/probeScript.ts'
import { endPlay, newContext, sessionIdOf, stateOf, untilLab, untilState } from './lab.ts'

describe('two friends in one game', function () {
  this.timeout(120_000)
  let network: Network
  let browser: Browser

  before(async () => {
    network = await startNetwork({ edge: { NEARCADE_SEATS: '1', NEARCADE_WARM_SEATS: '0' } })
    browser = await launchChromium()
  })
  after(async () => {
    await browser?.close()
    await network?.[Symbol.asyncDispose]()
  })

  async function friend(): Promise<Page> {
    const page = await (await newContext(browser)).newPage()
    await page.addInitScript({ content: await probeScript() })
    return page
  }
  const playing = async (page: Page): Promise<void> => {
    await page.waitForURL(/\/play\/latency-lab\?session=/)
    await page.waitForFunction(() => window.nearcade?.phase === 'playing')
    await untilLab(page, 'the lab', () => true)
  }
  /** A press of one of them, as both see it. */
  async function press(by: Page, key: string, seenBy: readonly Page[]): Promise<void> {
    const { presses } = await untilLab(by, 'the lab', () => true)
    await by.keyboard.press(key)
    for (const page of seenBy) await untilLab(page, `${key} counts`, (seen) => seen.presses === presses + 1)
  }

  /** Two friends in one session of the lab, the first of whom owns it. */
  async function together(): Promise<{ ana: Page; rui: Page; id: string }> {
    const [ana, rui] = [await friend(), await friend()]
    await ana.goto(`${network.url}/party/new?title=latency-lab`)
    await ana.waitForURL(/\/party\/[a-z2-9]{12}$/)
    await rui.goto(ana.url())
    await rui.getByRole('button', { name: 'Join' }).click()
    await ana.getByRole('radio', { name: /One game together/ }).check()
    await rui.getByRole('radio', { name: /One game together/, checked: true }).waitFor()
    await rui.getByRole('button', { name: 'I am ready' }).click()
    await ana.getByText('Everybody is ready').waitFor()
    await ana.getByRole('button', { name: 'Start' }).click()
    for (const page of [ana, rui]) await playing(page)
    const id = await sessionIdOf(ana)
    expect(await sessionIdOf(rui)).to.equal(id)
    return { ana, rui, id }
  }
  async function leave(page: Page): Promise<void> {
    await page.keyboard.press('Control+Alt+Shift+KeyM')
    await page.getByRole('button', { name: 'Leave', exact: true }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Leave' }).click()
    await page.waitForURL(/\/party\//)
  }

  it('both see it and both play it, on one seat', async () => {
    const { ana, rui } = await together()
    await press(ana, 'KeyB', [ana, rui])
    await press(rui, 'KeyC', [ana, rui])

    await ana.keyboard.down('KeyD')
    const { presses } = await untilLab(ana, 'D is down', ({ keysDown }) => keysDown === 1)
    await rui.keyboard.press('KeyD')
    await rui.keyboard.press('KeyC')
    const held = await untilLab(rui, 'C counts', (seen) => seen.presses === presses + 1)
    expect(held.keysDown, 'D is still held by the other one').to.be.at.least(1)
    await ana.keyboard.up('KeyD')
    await untilLab(rui, 'nothing is down', ({ keysDown }) => keysDown === 0)

    // The owner's end is the end for all.
    await endPlay(ana)
    await rui.getByText('Whoever began this game ended it for all of you').waitFor()
    await rui.getByRole('link', { name: 'Back to your party' }).waitFor()
  })

  it('one leaves and comes back, then the other one is away: whoever is there goes on', async () => {
    const { ana, rui, id } = await together()
    await rui.keyboard.down('KeyD')
    await untilLab(ana, 'D is down', ({ keysDown }) => keysDown === 1)
    await leave(rui)
    await untilLab(ana, 'D is let go of', ({ keysDown }) => keysDown === 0)
    await press(ana, 'KeyB', [ana])
    expect((await stateOf(ana, id)).kind).to.equal('playing')

    await rui.getByRole('button', { name: 'Back to the game' }).click()
    await playing(rui)
    await press(rui, 'KeyB', [ana, rui])

    await ana.goto(network.url)
    await press(rui, 'KeyB', [rui])
    expect((await stateOf(rui, id)).kind).to.equal('playing')
    const refused = await rui.evaluate(
      async (session) => (await fetch(`/api/sessions/${session}`, { method: 'DELETE' })).status,
      id,
    )
    expect(refused, 'the end is not theirs').to.equal(403)
    await rui.goto(network.url)
    await untilState(rui, id, 'suspended')
    await ana.evaluate((session) => fetch(`/api/sessions/${session}`, { method: 'DELETE' }), id)
  })
})
