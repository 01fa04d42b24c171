import { expect } from 'chai'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { evdevByCode } from '../../config/protocol/keyCodes.ts'
import { launchChromium } from '../support/chromium.ts'
import { type Network, startNetwork } from '../support/network.ts'
import { endPlay, newContext, openTitle, playLab, sessionIdOf, stateOf, untilLab } from './lab.ts'

describe('playing in real Chromium', function () {
  this.timeout(60_000)
  let network: Network
  let browser: Browser
  let context: BrowserContext
  let page: Page

  before(async () => {
    network = await startNetwork({ edge: { NEARCADE_SEATS: '2' } })
    browser = await launchChromium()
    context = await newContext(browser)
    page = await playLab(context, network)
  })
  after(async () => {
    await endPlay(page)
    await browser.close()
    await network[Symbol.asyncDispose]()
  })

  it('shows a picture that moves', async () => {
    await page.keyboard.press('KeyA')
    const first = await untilLab(page, 'the animation runs', ({ animating }) => animating)
    const later = await untilLab(page, 'it moves on', ({ counter }) => counter > first.counter + 30)
    expect(later.counter).to.be.greaterThan(first.counter)
    await page.keyboard.press('KeyA')
    await untilLab(page, 'the animation stands', ({ animating }) => !animating)
  })

  it('lets every click of the game be heard', async () => {
    await page.locator('[data-role="stage"]').evaluate((video: HTMLVideoElement) => {
      video.muted = false
    })
    await page.evaluate(() => window.probe.listen())
    for (let i = 0; i < 3; i++) {
      await page.waitForFunction(() => window.probe.loudest() < 0.02, undefined, { polling: 150 })
      await page.keyboard.press('KeyB')
      await page.waitForFunction(() => window.probe.loudest() > 0.1, undefined, {
        polling: 30,
        timeout: 5000,
      })
    }
  })

  it('keeps sound with its picture', async () => {
    await page.keyboard.press('KeyA')
    // 45 ms where nothing else runs; what makes it more here is Chromium's own buffer for sound on a machine that is busy.
    await page.waitForFunction(() => Math.abs(window.nearcade.stats().avSkewMs ?? 1000) < 120, undefined, {
      polling: 250,
      timeout: 30_000,
    })
    await page.keyboard.press('KeyA')
    await untilLab(page, 'the animation stands', ({ animating }) => !animating)
  })

  it('carries keys with their presses and releases', async () => {
    await page.keyboard.press('KeyM')
    const before = await untilLab(
      page,
      'M came and went',
      ({ lastKey, keysDown }) => lastKey === evdevByCode['KeyM'] && keysDown === 0,
    )
    await page.keyboard.down('ArrowLeft')
    await page.keyboard.down('ShiftLeft')
    const held = await untilLab(page, 'two keys are down', ({ keysDown }) => keysDown === 2)
    expect(held.lastKey).to.equal(evdevByCode['ShiftLeft'])
    expect(held.presses - before.presses).to.equal(2)
    await page.keyboard.up('ShiftLeft')
    await page.keyboard.up('ArrowLeft')
    await untilLab(page, 'they are up again', ({ keysDown }) => keysDown === 0)
  })

  it('carries the mouse: where it is, its buttons and its wheel', async () => {
    await page.mouse.move(320, 540)
    await untilLab(
      page,
      'the pointer is there',
      ({ pointerX, pointerY }) => Math.abs(pointerX - 320) <= 2 && Math.abs(pointerY - 540) <= 2,
    )
    await page.mouse.down({ button: 'right' })
    const held = await untilLab(page, 'the right button is down', ({ buttonsDown }) => buttonsDown === 0b100)
    expect(held.lastButton).to.equal(3)
    await page.mouse.up({ button: 'right' })
    await untilLab(page, 'it is up', ({ buttonsDown }) => buttonsDown === 0)
    const { wheelY } = await untilLab(page, 'the wheel rests', () => true)
    await page.mouse.wheel(0, 300)
    await untilLab(page, 'three notches down', (state) => state.wheelY === wheelY + 3)
  })

  it('enters pasted text, characters that no key has included', async () => {
    const { characters } = await untilLab(page, 'a count of characters', () => true)
    await page.evaluate(() => {
      const data = new DataTransfer()
      data.setData('text/plain', 'ŝ€')
      document.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true }))
    })
    const state = await untilLab(page, 'both arrived', (now) => now.characters === ((characters + 2) & 0xff))
    expect(String.fromCodePoint(state.lastCharacter)).to.equal('€')
  })

  it('carries a pad: buttons and sticks', async () => {
    await page.evaluate(() => {
      const pad = {
        id: 'Test pad',
        index: 0,
        connected: true,
        mapping: 'standard',
        timestamp: 1,
        axes: [0, 0, 0, 0],
        buttons: Array.from({ length: 17 }, () => ({ pressed: false, touched: false, value: 0 })),
        vibrationActuator: null,
      }
      Object.assign(window, { testPad: pad })
      navigator.getGamepads = () => [pad as unknown as Gamepad, null, null, null]
      window.dispatchEvent(Object.assign(new Event('gamepadconnected'), { gamepad: pad }))
    })
    const push = (button: number, pressed: boolean) =>
      page.evaluate(
        ([index, down]) => {
          const { testPad } = window as unknown as { testPad: { timestamp: number; buttons: object[] } }
          testPad.buttons[index] = { pressed: down, touched: down, value: down ? 1 : 0 }
          testPad.timestamp += 1
        },
        [button, pressed] as const,
      )
    await push(0, true)
    await untilLab(
      page,
      'button 0 is the mapped key',
      ({ keysDown, lastKey }) => keysDown === 1 && lastKey === evdevByCode['KeyZ'],
    )
    await push(0, false)
    await untilLab(page, 'it is up', ({ keysDown }) => keysDown === 0)
    await page.evaluate(() => {
      const { testPad } = window as unknown as { testPad: { timestamp: number; axes: number[] } }
      testPad.axes = [-1, 0, 0, 0]
      testPad.timestamp += 1
    })
    await untilLab(
      page,
      'the stick is the mapped key',
      ({ keysDown, lastKey }) => keysDown === 1 && lastKey === evdevByCode['ArrowLeft'],
    )
    await page.evaluate(() => {
      const { testPad } = window as unknown as { testPad: { timestamp: number; axes: number[] } }
      testPad.axes = [0, 0, 0, 0]
      testPad.timestamp += 1
    })
    await untilLab(page, 'the stick is back', ({ keysDown }) => keysDown === 0)
  })

  it('releases everything when the page loses the focus', async () => {
    await page.keyboard.down('KeyW')
    await untilLab(page, 'W is down', ({ keysDown }) => keysDown === 1)
    await page.evaluate(() => window.dispatchEvent(new Event('blur')))
    await untilLab(page, 'W is up', ({ keysDown }) => keysDown === 0)
    await page.keyboard.up('KeyW')
  })

  it('traces each press through every stage in order', async () => {
    const known = await page.evaluate(() => window.nearcade.trace().length)
    for (let i = 0; i < 5; i++) {
      const { presses } = await untilLab(page, 'a count of presses', () => true)
      await page.keyboard.press('KeyB', { delay: 60 })
      await untilLab(page, 'the press is seen', (state) => state.presses === ((presses + 1) & 0xffff))
    }
    await page.waitForFunction((from) => window.nearcade.trace().length >= from + 5, known)
    const samples = await page.evaluate((from) => window.nearcade.trace().slice(from), known)
    const slack = 3 // the clocks of browser and edge agree to about half a round trip
    for (const {
      inputAtMs,
      edgeAtMs,
      appliedAtMs,
      capturedAtMs,
      encodedAtMs,
      receivedAtMs,
      presentedAtMs,
    } of samples) {
      const times = [
        inputAtMs,
        edgeAtMs,
        appliedAtMs,
        capturedAtMs,
        encodedAtMs,
        receivedAtMs,
        presentedAtMs,
      ].filter((time) => time !== null)
      times.slice(1).forEach((time, i) => expect(time - (times[i] ?? 0)).to.be.greaterThan(-slack))
    }
  })

  it('changes resolution, frame rate and bitrate while playing', async () => {
    await page.evaluate(() => localStorage.clear())
    await page.keyboard.press('Control+Alt+Shift+M')
    await page.getByRole('button', { name: /quality/i }).click()
    await page.getByText('360p', { exact: false }).first().click()
    await page.waitForFunction(() => document.querySelector('video')?.videoHeight === 360, undefined, {
      timeout: 10_000,
    })
    await untilLab(page, 'the smaller picture still reads', () => true)
    await page.keyboard.press('Escape')
  })

  it('keeps another guest out of the session', async () => {
    const id = await sessionIdOf(page)
    const other = await newContext(browser)
    const stranger = await openTitle(other, network, 'latency-lab')
    const status = await stranger.evaluate(async (session) => {
      await fetch('/api/me')
      return (await fetch(`/api/sessions/${session}`)).status
    }, id)
    expect(status).to.equal(403)
    await other.close()
    expect((await stateOf(page, id)).kind).to.equal('playing')
  })
})

describe('playing by touch', function () {
  this.timeout(60_000)

  it('a finger is the pointer, and the virtual pad presses keys', async () => {
    await using network = await startNetwork({ edge: { NEARCADE_SEATS: '1' } })
    const browser = await launchChromium()
    try {
      const context = await newContext(browser, {
        viewport: { width: 844, height: 390 },
        hasTouch: true,
        isMobile: true,
      })
      const page = await playLab(context, network)
      const { presses } = await untilLab(page, 'a count of presses', () => true)
      await page.touchscreen.tap(422, 250)
      const tapped = await untilLab(page, 'the tap is a press', (state) => state.presses === presses + 1)
      expect(tapped.lastButton).to.equal(1)
      expect(tapped.pointerX).to.be.within(560, 720)
      const flip = page.locator('[data-role="pad-layer"]').getByText('Flip')
      await flip.tap()
      await untilLab(page, 'the pad button is its key', ({ lastKey }) => lastKey === evdevByCode['Space'])
      await endPlay(page)
    } finally {
      await browser.close()
    }
  })
})
