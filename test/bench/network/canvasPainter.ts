import type { Painter } from '../../../edge/titles/latency-lab/painter.ts'

type Drawing = CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D

const fillOn =
  (drawing: Drawing): Painter['fill'] =>
  (colour, rectangles) => {
    drawing.fillStyle = `#${colour.toString(16).padStart(6, '0')}`
    for (let i = 0; i < rectangles.length; i += 4)
      drawing.fillRect(
        rectangles[i] ?? 0,
        rectangles[i + 1] ?? 0,
        rectangles[i + 2] ?? 0,
        rectangles[i + 3] ?? 0,
      )
  }

/** Latency Lab's drawing on a canvas. */
export function createCanvasPainter(drawing: CanvasRenderingContext2D): Painter {
  return {
    fill: fillOn(drawing),
    prepare(widthPx, heightPx, paint) {
      const canvas = new OffscreenCanvas(widthPx, heightPx)
      const hidden = canvas.getContext('2d')
      if (hidden === null) throw new Error('no canvas')
      paint(fillOn(hidden))
      return (sourceX, sourceY, x, y, width, height) =>
        drawing.drawImage(canvas, sourceX, sourceY, width, height, x, y, width, height)
    },
  }
}
