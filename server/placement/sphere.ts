import type { Point } from './distance.ts'

/**
 * Things on the globe, and the nearest of them. A scan over flat coordinates: for thousands of points that is as quick as a tree,
 * and needs no building when a point comes or goes.
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

interface Found<T> {
  readonly item: T
  /** Square of the straight line through a globe of radius 1: grows with the distance. */
  readonly chord2: number
}

const radians = Math.PI / 180

export function createSphere<T extends { readonly id: string }>(): Sphere<T> {
  const items: T[] = []
  const slotOf = new Map<string, number>()
  let xyz = new Float64Array(3 * 64)

  return {
    put(item, at) {
      const slot = slotOf.get(item.id) ?? items.length
      if (slot * 3 >= xyz.length) {
        const larger = new Float64Array(xyz.length * 2)
        larger.set(xyz)
        xyz = larger
      }
      items[slot] = item
      slotOf.set(item.id, slot)
      xyz.set(onSphere(at), slot * 3)
    },
    remove(id) {
      const slot = slotOf.get(id)
      if (slot === undefined) return
      slotOf.delete(id)
      const last = items.pop()
      if (last === undefined || slot === items.length) return
      items[slot] = last
      slotOf.set(last.id, slot)
      xyz.copyWithin(slot * 3, items.length * 3, items.length * 3 + 3)
    },
    nearest(at, limits, isAble) {
      const [x, y, z] = onSphere(at)
      const able: Found<T>[] = []
      const others: Found<T>[] = []
      let limit = limits.able > 0 ? Number.POSITIVE_INFINITY : -1
      for (let slot = 0; slot < items.length; slot++) {
        const dx = (xyz[slot * 3] ?? 0) - x
        const dy = (xyz[slot * 3 + 1] ?? 0) - y
        const dz = (xyz[slot * 3 + 2] ?? 0) - z
        const chord2 = dx * dx + dy * dy + dz * dz
        if (chord2 > limit) continue
        const item = items[slot]
        if (item === undefined) continue
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

function onSphere({ lat, lon }: Point): readonly [number, number, number] {
  const ring = Math.cos(lat * radians)
  return [ring * Math.cos(lon * radians), ring * Math.sin(lon * radians), Math.sin(lat * radians)]
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
