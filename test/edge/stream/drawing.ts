import type { Display } from '../../../edge/display/display.ts'
import { connectDisplay } from '../../../edge/display/xclient.ts'

/** An X client that fills rectangles on the whole screen: a stand-in for a game, exact to the pixel. */
export interface Drawing extends AsyncDisposable {
  fill(rgb: number, x: number, y: number, widthPx: number, heightPx: number): void
  /** Draws something else `fps` times a second until stopped. */
  animate(fps: number): void
  stop(): void
  /** Settles once the server has drawn everything so far. */
  settled(): Promise<void>
}

export async function openDrawing(display: Display): Promise<Drawing> {
  const connection = await connectDisplay(display)
  const { client, screen } = connection
  const [window, gc] = [client.AllocID(), client.AllocID()]
  client.CreateWindow(window, screen.root, 0, 0, display.widthPx, display.heightPx, 0, 0, 0, 0, {
    overrideRedirect: 1,
    backgroundPixel: 0,
  })
  client.MapWindow(window)
  client.CreateGC(gc, window, {})
  let timer: NodeJS.Timeout | null = null
  const drawing: Drawing = {
    fill(rgb, x, y, widthPx, heightPx) {
      client.ChangeGC(gc, { foreground: rgb })
      client.PolyFillRectangle(window, gc, [x, y, widthPx, heightPx])
      connection.flush()
    },
    animate(fps) {
      let nth = 0
      timer = setInterval(() => {
        nth++
        drawing.fill((nth * 0x050301) & 0xffffff, 0, 0, display.widthPx, display.heightPx)
        drawing.fill(0xffffff, (nth * 8) % display.widthPx, 100, 80, 80)
      }, 1000 / fps)
    },
    stop() {
      if (timer !== null) clearInterval(timer)
      timer = null
    },
    settled: () => client.sync(),
    async [Symbol.asyncDispose]() {
      drawing.stop()
      await connection[Symbol.asyncDispose]()
    },
  }
  await drawing.settled()
  return drawing
}
