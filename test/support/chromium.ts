import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'

const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
  '--autoplay-policy=no-user-gesture-required',
]

/** Debian's Chromium, headless, quiet on the network. */
export const launchChromium = (): Promise<Browser> =>
  chromium.launch({ executablePath: '/usr/bin/chromium', headless: true, args: flags })

export interface Player {
  readonly page: Page
  /** What the page's console said, for a failing test to print. */
  readonly console: readonly string[]
}

export async function openPlayer(context: BrowserContext, url: string): Promise<Player> {
  const page = await context.newPage()
  const said: string[] = []
  page.on('console', (message) => said.push(`${message.type()}: ${message.text()}`))
  page.on('pageerror', (error) => said.push(`error: ${error.stack ?? error.message}`))
  await page.goto(url)
  return { page, console: said }
}
