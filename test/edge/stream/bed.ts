import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import type { Display } from '../../../edge/display/display.ts'
import { startDisplay } from '../../../edge/display/xvfb.ts'
import { launchChromium } from '../../support/chromium.ts'
import { type Drawing, openDrawing } from './drawing.ts'

/** A screen to draw on, and a browser to send it to. */
export interface StreamBed extends AsyncDisposable {
  readonly browser: Browser
  readonly display: Display
  readonly drawing: Drawing
}

/** @param seat each test file has its own: seats share nothing */
export async function openStreamBed(seat: number, widthPx: number, heightPx: number): Promise<StreamBed> {
  const folder = await mkdtemp(join(tmpdir(), 'nearcade-stream-'))
  const browser = await launchChromium()
  const display = await startDisplay({ sessionDir: folder, seat, widthPx, heightPx })
  const drawing = await openDrawing(display)
  return {
    browser,
    display,
    drawing,
    async [Symbol.asyncDispose]() {
      await drawing[Symbol.asyncDispose]()
      await display[Symbol.asyncDispose]()
      await browser.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
