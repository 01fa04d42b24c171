import axe from 'axe-core'
import { expect } from 'chai'
import type { Page } from 'playwright-core'

/** A desk and a phone, CSS pixels. */
const widths = [1280, 390] as const

interface Fault {
  readonly id: string
  readonly impact: string | null
  readonly where: readonly string[]
}

/** Holds a page, as it is now, against axe-core's rules in both widths, and sees that nothing sticks out sideways. */
export async function expectGoodSight(page: Page, what: string): Promise<void> {
  const before = page.viewportSize() ?? { width: 1280, height: 720 }
  for (const width of widths) {
    await page.setViewportSize({ width, height: 844 })
    await page.evaluate(`${axe.source}; null`)
    const faults = await page.evaluate(
      async (): Promise<Fault[]> =>
        (await (window as unknown as { axe: typeof axe }).axe.run()).violations.map(
          ({ id, impact, nodes }) => ({
            id,
            impact: impact ?? null,
            where: nodes.map(({ target }) => target.join(' ')),
          }),
        ),
    )
    const serious = faults.filter(({ impact }) => impact === 'serious' || impact === 'critical')
    expect(serious, `${what} at ${width} px`).to.deep.equal([])
    const over = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
    expect(over, `${what} at ${width} px sticks out`).to.be.at.most(0)
  }
  await page.setViewportSize(before)
}

/** Presses Tab until what has the focus is called so. */
export async function tabTo(page: Page, name: string | RegExp, most = 40): Promise<void> {
  const named = async (): Promise<string> =>
    page.evaluate(() => {
      const element = document.activeElement
      if (!(element instanceof HTMLElement)) return ''
      const label =
        element instanceof HTMLInputElement || element instanceof HTMLSelectElement
          ? element.labels?.[0]?.textContent
          : null
      return (element.getAttribute('aria-label') ?? label ?? element.textContent).trim()
    })
  for (let presses = 0; presses < most; presses += 1) {
    await page.keyboard.press('Tab')
    const now = await named()
    if (typeof name === 'string' ? now === name : name.test(now)) return
  }
  throw new Error(`Tab never came to ${String(name)}`)
}
