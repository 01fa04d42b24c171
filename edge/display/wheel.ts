interface Rest {
  readonly x: number
  readonly y: number
}

/** X core protocol: a wheel notch is a click of button 4 (up), 5 (down), 6 (left) or 7 (right). */
const [up, down, left, right] = [4, 5, 6, 7] as const
/** One message cannot spin a wheel forever. */
const maxStepsPerCall = 20

/** Pure: notches with fractions → whole clicks and what is left over. A turn of direction drops the leftover. */
export function wheelSteps(
  rest: Rest,
  dx: number,
  dy: number,
): { readonly rest: Rest; readonly buttons: readonly number[] } {
  const axis = (before: number, delta: number): { steps: number; rest: number } => {
    if (!Number.isFinite(delta)) return { steps: 0, rest: before }
    const total = (before * delta < 0 ? 0 : before) + delta
    const steps = Math.trunc(total)
    return { steps: Math.max(-maxStepsPerCall, Math.min(maxStepsPerCall, steps)), rest: total - steps }
  }
  const x = axis(rest.x, dx)
  const y = axis(rest.y, dy)
  const clicks = (steps: number, negative: number, positive: number): number[] =>
    Array<number>(Math.abs(steps)).fill(steps < 0 ? negative : positive)
  return {
    rest: { x: x.rest, y: y.rest },
    buttons: [...clicks(y.steps, up, down), ...clicks(x.steps, left, right)],
  }
}
