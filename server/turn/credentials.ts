import { createHmac } from 'node:crypto'

/** A TURN server that knows the secret and nothing of our guests. */
export interface TurnSettings {
  readonly urls: readonly string[]
  readonly secret: string
  readonly lifetimeMs: number
}

export interface TurnCredentials {
  /** `expiry:name`, the expiry in seconds since 1970. */
  readonly username: string
  readonly credential: string
}

/** draft-uberti-behave-turn-rest-00, section 2.2; what coturn calls `use-auth-secret`. */
export function turnCredentials(
  { secret, lifetimeMs }: Pick<TurnSettings, 'secret' | 'lifetimeMs'>,
  name: string,
  nowMs: number,
): TurnCredentials {
  const username = `${Math.floor((nowMs + lifetimeMs) / 1000)}:${name}`
  return { username, credential: createHmac('sha1', secret).update(username).digest('base64') }
}
