import type { TitleManifest } from '../../config/protocol/title.ts'
import type { ShownMedia } from '../media/shown.ts'
import { unitHash } from '../placement/hash.ts'
import type { TitleChannels } from '../publishing/channels.ts'
import type { SessionBuild } from '../store/publishingStore.ts'

/** What a new session would play. */
export interface Offer {
  readonly manifest: TitleManifest
  /** Absent: a title that the router came with. */
  readonly build?: SessionBuild
  /** Its package. */
  readonly treeId?: string
  /** What was made of its pictures and trailer. */
  readonly shown?: ShownMedia | null
}

/** A publisher's title with what is known of its builds. */
export interface OfferedTitle {
  readonly titleId: string
  readonly orgId: string
  readonly channels: TitleChannels
  /** By version: those on its channels, and those that sessions play. */
  readonly versions: ReadonlyMap<string, OfferedVersion>
}
export interface OfferedVersion {
  readonly manifest: TitleManifest
  readonly treeId: string
  readonly sizeBytes: number
  readonly shown?: ShownMedia | null
}

/** What publishers offer at one moment, in memory. */
export interface Offers {
  live(titleId: string): Offer | null
  /** A share of players gets what is tried. */
  offer(titleId: string, playerId: string): Offer | null
  staged(testToken: string): Offer | null
  version(titleId: string, version: string): TitleManifest | null
  isWithdrawn(titleId: string): boolean
  /** Everything live, by name. */
  all(): readonly Offer[]
}

export function offersOf(titles: readonly OfferedTitle[]): Offers {
  const byId = new Map(titles.map((title) => [title.titleId, title]))
  const byToken = new Map(
    titles.flatMap((title) => {
      const { withdrawn, staging } = title.channels
      const staged = withdrawn || staging === null ? null : offerOf(title, staging.version, 'staging')
      return staging === null || staged === null ? [] : [[staging.testToken, staged] as const]
    }),
  )

  function live(titleId: string): Offer | null {
    const title = byId.get(titleId)
    return title === undefined || title.channels.withdrawn
      ? null
      : offerOf(title, title.channels.live, 'live')
  }
  const all = titles
    .flatMap(({ titleId }) => live(titleId) ?? [])
    .sort((a, b) => (a.manifest.name < b.manifest.name ? -1 : 1))

  return {
    live,
    offer(titleId, playerId) {
      const title = byId.get(titleId)
      const canary = title?.channels.canary ?? null
      if (
        title === undefined ||
        title.channels.withdrawn ||
        canary === null ||
        !isTrying(canary, title, playerId)
      )
        return live(titleId)
      return offerOf(title, canary.version, 'canary') ?? live(titleId)
    },
    staged: (testToken) => byToken.get(testToken) ?? null,
    version: (titleId, version) => byId.get(titleId)?.versions.get(version)?.manifest ?? null,
    isWithdrawn: (titleId) => byId.get(titleId)?.channels.withdrawn === true,
    all: () => all,
  }
}

export const emptyOffers = offersOf([])

/** The same players for as long as it is tried; others with the next version, so that nobody always has the trouble. */
const isTrying = (
  { version, percent }: { readonly version: string; readonly percent: number },
  { titleId }: OfferedTitle,
  playerId: string,
): boolean => unitHash(titleId, version, playerId) * 100 < percent

function offerOf(
  { versions }: OfferedTitle,
  version: string | null,
  channel: SessionBuild['channel'],
): Offer | null {
  const known = version === null ? undefined : versions.get(version)
  if (version === null || known === undefined) return null
  const { manifest, treeId, shown } = known
  return { manifest, build: { version, channel }, treeId, ...(shown == null ? {} : { shown }) }
}
