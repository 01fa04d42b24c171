const label = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?'
/** No number, which a browser would take for an address and write in another way. */
const lastLabel = '[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?'
const form = new RegExp(
  `^(?:https://(?:(?:${label}\\.)*${lastLabel}|\\*\\.(?:${label}\\.)+${lastLabel})|http://(?:localhost|127\\.0\\.0\\.1))(?::([1-9]\\d{0,4}))?$`,
)

/**
 * Whether this names the pages that may frame a title. It goes into a header (`frame-ancestors`, CSP level 3), so nothing is taken but
 * an origin as browsers write it; a leading `*.` stands for every host below, and needs two labels after it.
 */
export function isEmbedOrigin(text: string): boolean {
  const found = text.length <= 300 ? form.exec(text) : null
  if (found === null) return false
  const port = Number(found[1] ?? 1)
  // Browsers leave out the port that the scheme has anyway.
  return port <= 65_535 && port !== (text.startsWith('https:') ? 443 : 80)
}

export const embedOriginRule =
  'must be an origin such as https://shop.example, https://*.shop.example or http://localhost:5173'
