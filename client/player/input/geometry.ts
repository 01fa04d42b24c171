export interface Box {
  readonly left: number
  readonly top: number
  readonly width: number
  readonly height: number
}

/** Where the picture lies in its element under `object-fit: contain`. */
export function pictureBox(element: Box, widthPx: number, heightPx: number): Box {
  if (widthPx <= 0 || heightPx <= 0 || element.width <= 0 || element.height <= 0) return element
  const scale = Math.min(element.width / widthPx, element.height / heightPx)
  const width = widthPx * scale
  const height = heightPx * scale
  return {
    left: element.left + (element.width - width) / 2,
    top: element.top + (element.height - height) / 2,
    width,
    height,
  }
}

/** A point of the page in 0..1 of the picture; points beside it stick to its edge. */
export function inPicture(picture: Box, clientX: number, clientY: number): { x: number; y: number } {
  const unit = (n: number): number => (Number.isFinite(n) ? Math.min(1, Math.max(0, n)) : 0)
  return {
    x: unit((clientX - picture.left) / picture.width),
    y: unit((clientY - picture.top) / picture.height),
  }
}
