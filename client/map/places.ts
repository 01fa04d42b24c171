const regionNames = new Intl.DisplayNames(['en'], { type: 'region', fallback: 'code' })

const degrees = (value: number, positive: string, negative: string): string =>
  `${Math.abs(value)}° ${value < 0 ? negative : positive}`

/** `Germany`; '' for what is no country. */
export const countryName = (code: string): string =>
  /^[A-Z]{2}$/.test(code) ? (regionNames.of(code) ?? code) : ''

/** `Germany, 50° N 9° E`: a place is known no better than that. */
export function placeName({ country, lat, lon }: { country: string; lat: number; lon: number }): string {
  const where = `${degrees(lat, 'N', 'S')} ${degrees(lon, 'E', 'W')}`
  const name = countryName(country)
  return name === '' ? where : `${name}, ${where}`
}
