import type { QualityFigures, RegionQuality, TitleQuality } from '../../config/protocol/titleQuality.ts'
import type { QualitySum, RegionSum, StoredQuality } from '../store/publishingStore.ts'

/** Pure: what the store counted, as a publisher reads it. */
export function qualityView({ total, days, regions }: StoredQuality): TitleQuality {
  return {
    total: figuresOf(total),
    days: days.map(onDay),
    regions: [...regions]
      .sort((a, b) => Number(isElsewhere(a)) - Number(isElsewhere(b)) || b.plays - a.plays)
      .map(regionOf),
  }
}

const isElsewhere = ({ country, cell }: RegionSum): boolean => country === '' && cell === null

const onDay = ({ day, ...sum }: QualitySum & { readonly day: string }) => ({ day, ...figuresOf(sum) })

const regionOf = (region: RegionSum): RegionQuality => ({
  country: region.country,
  cell: region.cell,
  at: region.cell ?? pointOf(region),
  plays: region.plays,
  ...figuresOf(region),
  days: region.days.map(onDay),
})

const degrees = 180 / Math.PI

function pointOf({ middle }: RegionSum): { lat: number; lon: number } | null {
  if (middle === null) return null
  const { x, y, z } = middle
  return {
    lat: Math.round(Math.atan2(z, Math.hypot(x, y)) * degrees) + 0,
    lon: Math.round(Math.atan2(y, x) * degrees) + 0,
  }
}

const figuresOf = (sum: QualitySum): QualityFigures => ({
  measured: sum.measured,
  clickP50Ms: tenths(sum.clickP50Ms),
  clickP95Ms: tenths(sum.clickP95Ms),
  framesShown: sum.framesShown,
  framesDropped: sum.framesDropped,
  decodeMs: sum.framesDecoded === 0 ? null : tenths(sum.decodeMs / sum.framesDecoded),
  freezes: sum.freezes,
  frozenMs: Math.round(sum.frozenMs),
  seenMinutes: Math.round(sum.seenMs / 600) / 100,
})

const tenths = <T extends number | null>(ms: T): T => (ms === null ? null : Math.round(ms * 10) / 10) as T
