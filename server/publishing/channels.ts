import type { ErrorCode } from '../../config/errors.ts'

/** Which builds of a title players get, as it is stored. */
export interface TitleChannels {
  /** No new session, whatever the channels say. */
  readonly withdrawn: boolean
  readonly staging: { readonly version: string; readonly testToken: string } | null
  readonly live: string | null
  /** What was live before, the latest last. */
  readonly before: readonly string[]
  readonly canary: { readonly version: string; readonly percent: number; readonly sinceMs: number } | null
  /** The last canary that was taken back by itself. */
  readonly rolledBack: { readonly version: string; readonly atMs: number; readonly why: string } | null
}

export const noChannels: TitleChannels = {
  withdrawn: false,
  staging: null,
  live: null,
  before: [],
  canary: null,
  rolledBack: null,
}

export type ChannelAction =
  /** Staging what is staged makes a new link: the one before leads nowhere. */
  | { readonly kind: 'stage'; readonly version: string; readonly newToken: string }
  | {
      readonly kind: 'publish'
      readonly version: string
      /** Null: for everybody. */
      readonly percent: number | null
      readonly isPassed: boolean
      readonly atMs: number
    }
  | { readonly kind: 'roll-back' }
  | {
      readonly kind: 'take-back-canary'
      readonly version: string
      readonly atMs: number
      readonly why: string
    }
  | { readonly kind: 'withdraw' }
  | { readonly kind: 'restore' }

export type ChannelMove =
  | { readonly ok: true; readonly channels: TitleChannels }
  | { readonly ok: false; readonly code: ErrorCode; readonly detail: string }

const mostBefore = 20

const to = (channels: TitleChannels): ChannelMove => ({ ok: true, channels })
const refuse = (code: ErrorCode, detail: string): ChannelMove => ({ ok: false, code, detail })

/** The one rule book of what players of a title get. Repeating an action changes nothing more. */
export function moveChannels(now: TitleChannels, action: ChannelAction): ChannelMove {
  switch (action.kind) {
    case 'stage': {
      const { version, newToken } = action
      const keepsLink = now.staging !== null && now.staging.version !== version
      const testToken = keepsLink ? now.staging.testToken : newToken
      return to({ ...now, staging: { version, testToken } })
    }
    case 'publish':
      return publish(now, action)
    case 'roll-back': {
      if (now.canary !== null) return to({ ...now, canary: null })
      const last = now.before.at(-1)
      if (last === undefined)
        return refuse('nothing-before', 'no other version was live, and none is tried on a share of players')
      return to({ ...now, live: last, before: now.before.slice(0, -1) })
    }
    case 'take-back-canary': {
      const { version, atMs, why } = action
      if (now.canary?.version !== version) return to(now)
      return to({ ...now, canary: null, rolledBack: { version, atMs, why } })
    }
    case 'withdraw':
      return to({ ...now, withdrawn: true })
    case 'restore':
      return to({ ...now, withdrawn: false })
    default:
      return action satisfies never
  }
}

function publish(
  now: TitleChannels,
  { version, percent, isPassed, atMs }: Extract<ChannelAction, { kind: 'publish' }>,
): ChannelMove {
  if (!isPassed) return refuse('not-checked', `version ${version} has not passed its check`)
  if (percent === null) {
    if (now.live === version) return to({ ...now, canary: null })
    const before = now.live === null ? now.before : [...now.before, now.live].slice(-mostBefore)
    return to({ ...now, live: version, before: before.filter((old) => old !== version), canary: null })
  }
  if (now.live === null)
    return refuse('nothing-live', 'a share of players can only be given while another version is live')
  if (now.live === version) return refuse('bad-request', `version ${version} is live for everybody`)
  const isSame = now.canary?.version === version && now.canary.percent === percent
  return isSame ? to(now) : to({ ...now, canary: { version, percent, sinceMs: atMs } })
}

/** Every version that a channel has, or may have again by going back once. */
export function versionsOn({ staging, live, before, canary }: TitleChannels): ReadonlySet<string> {
  const back = before.at(-1)
  return new Set(
    [staging?.version, live, canary?.version, back].filter((one) => one !== null && one !== undefined),
  )
}

/** Without a version that is deleted: it was live once and is on no channel. */
export const forgetVersion = (now: TitleChannels, version: string): TitleChannels => ({
  ...now,
  before: now.before.filter((old) => old !== version),
})
