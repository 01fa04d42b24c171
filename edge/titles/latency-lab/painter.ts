import type { XClient } from 'x11'

/** What the lab draws with; the same drawing can so be done on an X window and on a canvas. */
export interface Painter {
  /** @param rectangles x, y, width and height of each, in px */
  fill(colour: number, rectangles: readonly number[]): void
  /** Paints a picture of its own, parts of which can then be shown: `show(sourceX, sourceY, x, y, width, height)`. */
  prepare(
    widthPx: number,
    heightPx: number,
    paint: (fill: Painter['fill']) => void,
  ): (...sourceAndTarget: [number, number, number, number, number, number]) => void
}

/** Draws with server-side rectangles and copies alone, so that a change is one small write to the X server. */
export function createXPainter(client: XClient, window: number, depth: number): Painter {
  const gc = client.AllocID()
  client.CreateGC(gc, window, { foreground: 0, graphicsExposures: 0 })
  const filler =
    (drawable: number): Painter['fill'] =>
    (colour, rectangles) => {
      if (rectangles.length === 0) return
      client.ChangeGC(gc, { foreground: colour })
      client.PolyFillRectangle(drawable, gc, rectangles)
    }
  return {
    fill: filler(window),
    prepare(widthPx, heightPx, paint) {
      const pixmap = client.AllocID()
      client.CreatePixmap(pixmap, window, depth, widthPx, heightPx)
      paint(filler(pixmap))
      return (sourceX, sourceY, x, y, width, height) =>
        client.CopyArea(pixmap, window, gc, sourceX, sourceY, x, y, width, height)
    },
  }
}
