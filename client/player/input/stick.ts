export type Direction = 'up' | 'down' | 'left' | 'right'

/** Nearer to the middle than this share of the radius, the stick is at rest. */
const rest = 0.28
/** Eight sectors of 45°: a direction counts when its share of the way is at least sin 22.5°. */
const share = Math.sin(Math.PI / 8)

/** A thumb at (dx, dy) px from the stick's middle, down being positive, as four-way keys; diagonals press two. */
export function stickDirections(dx: number, dy: number, radiusPx: number): ReadonlySet<Direction> {
  const length = Math.hypot(dx, dy)
  const directions = new Set<Direction>()
  if (radiusPx <= 0 || length < rest * radiusPx) return directions
  if (dx / length > share) directions.add('right')
  if (dx / length < -share) directions.add('left')
  if (dy / length > share) directions.add('down')
  if (dy / length < -share) directions.add('up')
  return directions
}

/** Where the knob is drawn: the thumb, kept within the ring. */
export function knobAt(dx: number, dy: number, radiusPx: number): { x: number; y: number } {
  const length = Math.hypot(dx, dy)
  const scale = length > radiusPx && length > 0 ? radiusPx / length : 1
  return { x: dx * scale, y: dy * scale }
}
