/** Draws values as a line with its last point marked; the scale fits the 95th percentile, so one outlier does not flatten the rest. */
export function drawSparkline(canvas: HTMLCanvasElement, values: readonly number[], colour: string): void {
  const ratio = Math.min(2, window.devicePixelRatio || 1)
  const width = canvas.clientWidth
  const height = canvas.clientHeight
  if (canvas.width !== Math.round(width * ratio)) canvas.width = Math.round(width * ratio)
  if (canvas.height !== Math.round(height * ratio)) canvas.height = Math.round(height * ratio)
  const context = canvas.getContext('2d')
  if (context === null) return
  context.setTransform(ratio, 0, 0, ratio, 0, 0)
  context.clearRect(0, 0, width, height)
  if (values.length < 2) return
  const sorted = values.toSorted((a, b) => a - b)
  const top = Math.max(20, (sorted[Math.floor(sorted.length * 0.95)] ?? 0) * 1.25)
  const x = (i: number): number => 2 + (i / (values.length - 1)) * (width - 5)
  const y = (value: number): number => height - 3 - Math.min(1, Math.max(0, value / top)) * (height - 6)
  context.beginPath()
  values.forEach((value, i) => (i === 0 ? context.moveTo(x(i), y(value)) : context.lineTo(x(i), y(value))))
  context.strokeStyle = colour
  context.lineWidth = 1.5
  context.lineJoin = 'round'
  context.stroke()
  context.beginPath()
  context.arc(x(values.length - 1), y(values.at(-1) ?? 0), 2.5, 0, 2 * Math.PI)
  context.fillStyle = colour
  context.fill()
}
