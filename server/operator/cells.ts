import type { Place } from '../placement/prior.ts'

/** Where somebody is, coarsely: a cell of one degree by one (about 110 km) and the country. Nothing finer is kept. */
export interface Cell {
  /** `DE:50,9` */
  readonly id: string
  /** ISO 3166-1. */
  readonly country: string
  readonly lat: number
  readonly lon: number
}

export function cellOf({ lat, lon, country }: Pick<Place, 'lat' | 'lon' | 'country'>): Cell {
  // `+ 0` turns -0 into 0, so that one cell has one name.
  const [south, east] = [Math.round(lat) + 0, Math.round(lon) + 0]
  return { id: `${country}:${south},${east}`, country, lat: south, lon: east }
}

/** Null for a text that is no cell's name. */
export function parseCell(id: string): Cell | null {
  const [, country, lat, lon] = /^([A-Z]{0,2}):(-?\d{1,2}),(-?\d{1,3})$/.exec(id) ?? []
  if (country === undefined || lat === undefined || lon === undefined) return null
  return { id, country, lat: Number(lat), lon: Number(lon) }
}
