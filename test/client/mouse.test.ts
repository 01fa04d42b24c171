import path from 'node:path'
import { expect } from 'chai'
import { launchChromium } from '../support/chromium.ts'
import { pageScript } from '../support/probeScript.ts'

describe('a mouse of 1000 Hz in real Chromium', function () {
  this.timeout(30_000)

  it('sends one message a display frame, and not one pixel is lost', async () => {
    const browser = await launchChromium()
    try {
      const page = await browser.newPage()
      await page.addInitScript({
        content: await pageScript(path.join(import.meta.dirname, 'support/mousePage.ts')),
      })
      await page.goto('about:blank')
      const { frames, messages, totalX, moved } = await page.evaluate(() => window.shakeMouse(1000))
      expect(moved).to.equal(1000)
      expect(totalX).to.equal(moved)
      expect(frames).to.be.greaterThan(5)
      expect(messages).to.be.within(frames - 2, frames + 3)
    } finally {
      await browser.close()
    }
  })
})
