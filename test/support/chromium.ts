import { type Browser, chromium } from 'playwright-core'

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
export const launchChromium = (
  more: readonly string[] = [],
  executablePath = '/usr/bin/chromium',
): Promise<Browser> => chromium.launch({ executablePath, headless: true, args: [...flags, ...more] })
