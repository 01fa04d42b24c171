import { open, type CityResponse } from 'maxmind'
import { isPublicAddress, plainAddress } from './geoPrior.ts'
import type { Place, Prior } from './prior.ts'

/** A city database does not always say how sure it is; a country's centre is off by about this. */
const unsureKm = 500

/**
 * An operator's own database in the MaxMind DB format, kept in memory; addresses that it does not place are asked of `next`.
 * @throws Error when the file is missing or no MMDB
 */
export async function openMmdbPrior(file: string, next: Prior): Promise<Prior> {
  const reader = await open<CityResponse>(file)
  const { databaseType, buildEpoch } = reader.metadata
  const dataDate = new Date(buildEpoch).toISOString().slice(0, 10)

  function placeOf(ip: string): Place | null {
    const found = reader.get(ip)
    const location = found?.location
    if (location?.latitude === undefined || location.longitude === undefined) return null
    return {
      lat: location.latitude,
      lon: location.longitude,
      country: found?.country?.iso_code ?? found?.registered_country?.iso_code ?? '',
      accuracyKm: location.accuracy_radius ?? unsureKm,
      source: databaseType,
      dataDate,
    }
  }

  return {
    async lookup(address) {
      const ip = plainAddress(address)
      if (!isPublicAddress(ip)) return null
      return placeOf(ip) ?? next.lookup(ip)
    },
    close: () => next.close(),
  }
}
