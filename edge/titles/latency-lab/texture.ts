/** A fine pattern that jumps with every frame, so that no frame helps to predict the next: it costs an encoder all it may spend. */
export const cellPx = 8
/** How much larger than its window the pattern is, each way: room to jump in. */
export const jumpPx = 256

/** A whole number spread over 32 bits, the same for the same `n`. */
function scatter(n: number): number {
  const once = Math.imul(n ^ (n >>> 16), 0x45d9f3b)
  return (Math.imul(once ^ (once >>> 15), 0x2c1b3c6d) ^ (once >>> 13)) >>> 0
}

/** Rectangles of the cells, for each of `colours` colours. */
export function textureCells(widthPx: number, heightPx: number, colours: number): number[][] {
  const cells = Array.from({ length: colours }, (): number[] => [])
  let n = 1
  for (let y = 0; y < heightPx; y += cellPx)
    for (let x = 0; x < widthPx; x += cellPx) cells[scatter(n++) % colours]?.push(x, y, cellPx, cellPx)
  return cells
}

/** Where in the pattern frame `n` looks. */
export const textureOffset = (n: number): readonly [x: number, y: number] => [
  scatter(2 * n + 1) % jumpPx,
  scatter(2 * n + 2) % jumpPx,
]
