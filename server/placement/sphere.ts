import type { Point } from './distance.ts'

/**
 * Things on the globe, and the nearest of them. They stand in the order of their latitudes, and a search walks away from its own in
 * both directions until latitude alone is too far: of 5,000 sites it looks at a few hundred.
 */
export interface Sphere<T extends { readonly id: string }> {
  /** Adds it, or moves the one with its id. */
  put(item: T, at: Point): void
  remove(id: string): void
  /**
   * The nearest able ones, and the nearest others that are not farther than those; nearest first, equals by id.
   * @param isAble asked only of what is near enough to matter
   */
  nearest(at: Point, limits: { able: number; others: number }, isAble: (item: T) => boolean): Nearest<T>
}

export interface Nearest<T> {
  readonly able: readonly T[]
  readonly others: readonly T[]
}

interface Placed<T> {
  readonly item: T
  /** On a globe of radius 1. */
  readonly x: number
  readonly y: number
  readonly z: number
}

interface Found<T> {
  readonly item: T
  /** Square of the straight line through the globe: grows with the distance. */
  readonly chord2: number
}

/** Everything by latitude; made anew when something comes or goes, which sites seldom do. */
interface Order<T> {
  readonly items: readonly T[]
  readonly xs: Float64Array
  readonly ys: Float64Array
  readonly zs: Float64Array
}

const radians = Math.PI / 180

export function createSphere<T extends { readonly id: string }>(): Sphere<T> {
  const placed = new Map<string, Placed<T>>()
  let order: Order<T> | null = null

  return {
    put(item, at) {
      placed.set(item.id, { item, ...onSphere(at) })
      order = null
    },
    remove(id) {
      if (placed.delete(id)) order = null
    },
    nearest(at, limits, isAble) {
      order ??= inOrder([...placed.values()])
      const { items, xs, ys, zs } = order
      const { x, y, z } = onSphere(at)
      const able: Found<T>[] = []
      const others: Found<T>[] = []
      let limit = limits.able > 0 ? Number.POSITIVE_INFINITY : -1
      let above = firstFrom(zs, z)
      let below = above - 1
      while (below >= 0 || above < items.length) {
        const down = below >= 0 ? z - (zs[below] ?? 0) : Number.POSITIVE_INFINITY
        const up = above < items.length ? (zs[above] ?? 0) - z : Number.POSITIVE_INFINITY
        const dz = Math.min(down, up)
        if (dz * dz > limit) break
        const slot = down < up ? below-- : above++
        const dx = (xs[slot] ?? 0) - x
        const dy = (ys[slot] ?? 0) - y
        const chord2 = dx * dx + dy * dy + dz * dz
        const item = items[slot]
        if (chord2 > limit || item === undefined) continue
        if (!isAble(item)) insert(others, { item, chord2 }, limits.others)
        else {
          insert(able, { item, chord2 }, limits.able)
          if (able.length === limits.able) limit = able.at(-1)?.chord2 ?? limit
        }
      }
      return {
        able: able.map(({ item }) => item),
        others: others.filter(({ chord2 }) => chord2 <= limit).map(({ item }) => item),
      }
    },
  }
}

function onSphere({ lat, lon }: Point): { x: number; y: number; z: number } {
  const ring = Math.cos(lat * radians)
  return { x: ring * Math.cos(lon * radians), y: ring * Math.sin(lon * radians), z: Math.sin(lat * radians) }
}

function inOrder<T>(placed: Placed<T>[]): Order<T> {
  placed.sort((a, b) => a.z - b.z)
  return {
    items: placed.map(({ item }) => item),
    xs: Float64Array.from(placed, ({ x }) => x),
    ys: Float64Array.from(placed, ({ y }) => y),
    zs: Float64Array.from(placed, ({ z }) => z),
  }
}

/** The first slot that is not below. */
function firstFrom(zs: Float64Array, z: number): number {
  let [from, to] = [0, zs.length]
  while (from < to) {
    const middle = (from + to) >>> 1
    if ((zs[middle] ?? 0) < z) from = middle + 1
    else to = middle
  }
  return from
}

/** Keeps the `limit` first ones in order. */
function insert<T extends { readonly id: string }>(list: Found<T>[], found: Found<T>, limit: number): void {
  const last = list.at(-1)
  if (list.length >= limit && (last === undefined || !isBefore(found, last))) return
  let at = list.length
  while (at > 0) {
    const before = list[at - 1]
    if (before === undefined || isBefore(before, found)) break
    at -= 1
  }
  list.splice(at, 0, found)
  if (list.length > limit) list.pop()
}

const isBefore = <T extends { readonly id: string }>(a: Found<T>, b: Found<T>): boolean =>
  a.chord2 < b.chord2 || (a.chord2 === b.chord2 && a.item.id < b.item.id)
