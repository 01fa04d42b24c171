export interface LabelBox {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

/** Which labels can stand without lying on one that comes before them, in their order. */
export function freeLabels(boxes: readonly LabelBox[]): readonly boolean[] {
  const kept: LabelBox[] = []
  return boxes.map((box) => {
    const free = kept.every(
      (other) =>
        box.x >= other.x + other.width ||
        other.x >= box.x + box.width ||
        box.y >= other.y + other.height ||
        other.y >= box.y + box.height,
    )
    if (free) kept.push(box)
    return free
  })
}
