/** What lets one machine join, once: the secret and where to. */
export interface JoinToken {
  readonly secret: string
  /** `http(s)://host[:port]`. */
  readonly routerUrl: string
}

const shape = /^(nce_[A-Za-z0-9_-]{43})@(https?:\/\/.{1,500})$/

/** One word to paste into a shell: `nce_<secret>@https://play.example`. */
export const joinTokenText = ({ secret, routerUrl }: JoinToken): string => `${secret}@${routerUrl}`

/** @param secret 32 random bytes, base64url */
export const joinSecret = (secret: string): string => `nce_${secret}`

/** Null: not such a token. */
export function parseJoinToken(text: string): JoinToken | null {
  const [, secret, address] = shape.exec(text.trim()) ?? []
  if (secret === undefined || address === undefined || !URL.canParse(address)) return null
  const { origin, pathname, search, hash, username } = new URL(address)
  return pathname === '/' && search + hash + username === '' ? { secret, routerUrl: origin } : null
}
