/** Which part of the map is seen: a point `p` of it is drawn at `p * scale + shift`. */
export interface Camera {
  readonly scale: number
  readonly x: number
  readonly y: number
}

export interface Size {
  readonly width: number
  readonly height: number
}

export const wholeMap: Camera = { scale: 1, x: 0, y: 0 }
const mostScale = 24
/** Around what is fitted, so that nothing touches the edge. */
const margin = 0.12

/** Keeps the map in its frame. */
function held({ scale, x, y }: Camera, { width, height }: Size): Camera {
  const keep = (shift: number, size: number): number => Math.min(0, Math.max(size * (1 - scale), shift))
  return { scale, x: keep(x, width), y: keep(y, height) }
}

export const moved = (camera: Camera, dx: number, dy: number, size: Size): Camera =>
  held({ ...camera, x: camera.x + dx, y: camera.y + dy }, size)

/** @param at what stays where it is, in the frame's units; its middle unless given */
export function zoomed(
  camera: Camera,
  factor: number,
  size: Size,
  at: readonly [number, number] = [size.width / 2, size.height / 2],
): Camera {
  const scale = Math.min(mostScale, Math.max(1, camera.scale * factor))
  const grown = scale / camera.scale
  return held({ scale, x: at[0] - (at[0] - camera.x) * grown, y: at[1] - (at[1] - camera.y) * grown }, size)
}

/** Shows all these points of the map as large as they go, but never nearer than `nearest`. */
export function fitted(points: readonly (readonly [number, number])[], size: Size, nearest = 6): Camera {
  if (points.length === 0) return wholeMap
  const xs = points.map(([x]) => x)
  const ys = points.map(([, y]) => y)
  const [west, east, north, south] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)]
  const scale = Math.min(
    nearest,
    Math.max(
      1,
      Math.min(
        (size.width * (1 - 2 * margin)) / Math.max(1, east - west),
        (size.height * (1 - 2 * margin)) / Math.max(1, south - north),
      ),
    ),
  )
  return held(
    {
      scale,
      x: size.width / 2 - ((west + east) / 2) * scale,
      y: size.height / 2 - ((north + south) / 2) * scale,
    },
    size,
  )
}
