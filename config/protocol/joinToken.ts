/** What lets one machine join, once: the secret and where to. */
export interface JoinToken {
  readonly secret: string
  /** `http(s)://host[:port]`. */
  readonly routerUrl: string
}

const shape =
  /^(nce_[A-Za-z0-9_-]{43})@(https?:\/\/(?:[A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::\d{1,5})?)\/?$/

/** One word to paste into a shell: `nce_<secret>@https://play.example`. */
export const joinTokenText = ({ secret, routerUrl }: JoinToken): string => `${secret}@${routerUrl}`

/** @param secret 32 random bytes, base64url */
export const joinSecret = (secret: string): string => `nce_${secret}`

/** Null: not such a token. */
export function parseJoinToken(text: string): JoinToken | null {
  const [, secret, routerUrl] = shape.exec(text.trim()) ?? []
  return secret === undefined || routerUrl === undefined ? null : { secret, routerUrl }
}
