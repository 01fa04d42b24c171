import { SettingsError } from '../../config/settings/parse.ts'
import { createGeoPrior } from './geoPrior.ts'
import { openMmdbPrior } from './mmdbPrior.ts'
import type { Prior } from './prior.ts'

/**
 * @param mmdbFile empty: the bundled database alone
 * @throws SettingsError when the file cannot be used
 */
export async function openPrior(mmdbFile: string): Promise<Prior> {
  const bundled = createGeoPrior()
  if (mmdbFile === '') return bundled
  try {
    return await openMmdbPrior(mmdbFile, bundled)
  } catch (cause) {
    await bundled.close()
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new SettingsError([`NEARCADE_GEOIP_MMDB: ${mmdbFile} cannot be used: ${why}`])
  }
}
