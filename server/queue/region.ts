import type { TitleManifest } from '../../config/protocol/title.ts'

interface Box {
  readonly name: string
  readonly south: number
  readonly north: number
  readonly west: number
  readonly east: number
}

/**
 * Parts of the world within which one site does for another, roughly, in degrees; the first that holds a point counts. They only say
 * in which line somebody stands: which seats are near enough is decided for each player.
 */
const boxes: readonly Box[] = [
  { name: 'Middle East', south: 12, north: 37.5, west: 33, east: 63 },
  { name: 'Africa', south: -36, north: 37.3, west: -20, east: 12 },
  { name: 'Africa', south: -36, north: 33, west: -20, east: 52 },
  { name: 'Europe', south: 33, north: 72, west: -32, east: 60 },
  { name: 'South Asia', south: 4, north: 40, west: 60, east: 92 },
  { name: 'South-East Asia', south: -11, north: 21, west: 92, east: 142 },
  { name: 'East Asia', south: 18, north: 55, west: 92, east: 150 },
  { name: 'North Asia', south: 40, north: 80, west: 60, east: 180 },
  { name: 'Oceania', south: -50, north: -8, west: 110, east: 180 },
  { name: 'North America, west', south: 14, north: 75, west: -170, east: -100 },
  { name: 'North America, east', south: 14, north: 75, west: -100, east: -50 },
  { name: 'South America', south: -57, north: 14, west: -95, east: -30 },
]

/** The region of a site; one that does not say where it stands is a region of its own. */
export function regionOf({
  siteName,
  lat,
  lon,
}: {
  readonly siteName: string
  readonly lat: number | null
  readonly lon: number | null
}): string {
  if (lat === null || lon === null) return siteName
  const box = boxes.find(
    ({ south, north, west, east }) => lat >= south && lat <= north && lon >= west && lon <= east,
  )
  return box?.name ?? 'Elsewhere'
}

/** What a seat must be able to do for a title: `720p60`. */
export const seatClassOf = ({ display }: Pick<TitleManifest, 'display'>): string =>
  `${display.heightPx}p${display.fps}`
