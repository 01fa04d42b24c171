import { leastPlayers, type QualityFigures, type RegionQuality } from '../../config/protocol/titleQuality.ts'
import { countryName, placeName } from '../map/places.ts'

/** Up to which click-to-photon a game feels well, and up to which it can be lived with, ms. */
export const clickLimits = { good: 70, fair: 120 } as const

export function clickLevel(clickMs: number | null): 'good' | 'fair' | 'slow' | 'unknown' {
  if (clickMs === null) return 'unknown'
  if (clickMs <= clickLimits.good) return 'good'
  return clickMs <= clickLimits.fair ? 'fair' : 'slow'
}

export const clickText = (clickMs: number | null): string =>
  clickMs === null ? '–' : `${Math.round(clickMs)} ms`

/** Of the frames that came. */
export function droppedText({ framesShown, framesDropped }: QualityFigures): string {
  const all = framesShown + framesDropped
  if (all === 0) return '–'
  const percent = (100 * framesDropped) / all
  return `${percent > 0 && percent < 0.1 ? 'under 0.1' : percent.toFixed(1)} %`
}

export const freezesText = ({ freezes, seenMinutes }: QualityFigures): string =>
  seenMinutes === 0 ? '–' : ((freezes * 60) / seenMinutes).toFixed(1)

type Place = Pick<RegionQuality, 'country' | 'cell'>

export const isElsewhere = ({ country, cell }: Place): boolean => country === '' && cell === null

/** @param all what is shown with it: what is left of a country is told apart from the country's places */
export function regionName(region: Place, all: readonly Place[]): string {
  const { country, cell } = region
  if (cell !== null) return placeName({ country, ...cell })
  if (country === '') return 'Elsewhere'
  const hasPlaces = all.some((other) => other.country === country && other.cell !== null)
  return hasPlaces ? `The rest of ${countryName(country)}` : countryName(country)
}

export const regionKey = ({ country, cell }: Place): string =>
  `${country}:${cell === null ? '' : `${cell.lat},${cell.lon}`}`

export const elsewhereNote = `Places with fewer than ${leastPlayers} different players, who would be recognised, and players whose place nobody knows.`
