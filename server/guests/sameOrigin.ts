import type { IncomingHttpHeaders } from 'node:http'

/**
 * Whether a request that changes something comes from our own page. Browsers say where from in `Sec-Fetch-Site` or, on every
 * WebSocket and every POST, in `Origin`; whoever sends neither is no browser and has nobody's cookie to abuse.
 */
export function isSameOrigin({
  'sec-fetch-site': site,
  origin,
  host,
}: Pick<IncomingHttpHeaders, 'origin' | 'host'> & {
  'sec-fetch-site'?: string | string[] | undefined
}): boolean {
  if (site !== undefined && site !== 'same-origin') return false
  if (origin === undefined) return true
  try {
    return new URL(origin).host === host?.toLowerCase()
  } catch {
    return false
  }
}
