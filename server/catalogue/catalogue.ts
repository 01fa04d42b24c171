import path from 'node:path'
import type { TitleCard, TitleManifest } from '../../config/protocol/title.ts'
import { cardOf } from '../media/shown.ts'
import type { NodeSnapshot } from '../placement/snapshot.ts'
import type { SessionBuild } from '../store/publishingStore.ts'
import type { StoredSession } from '../store/store.ts'
import { emptyOffers, type Offer, type Offers } from './offers.ts'
import type { LoadedTitle } from './loadTitles.ts'

/** The titles that this router offers: those that it came with, and those that publishers have put live. */
export interface Catalogue {
  /** As players get it now; null: there is none, or it was withdrawn. */
  find(titleId: string): TitleManifest | null
  /** What a new session of this player plays; null as above. */
  offer(titleId: string, playerId: string): Offer | null
  /** What is live of a publisher's title; null as above. */
  live(titleId: string): Offer | null
  /** What is staged, for whoever has its link. */
  staged(testToken: string): Offer | null
  /** What a session plays, whatever players get by now. Null: nobody knows it any more. */
  of(session: Pick<StoredSession, 'titleId' | 'build'>): TitleManifest | null
  /** It was on offer, until its publisher took it away. */
  isWithdrawn(titleId: string): boolean
  isBuiltIn(titleId: string): boolean
  cards(nodes: readonly NodeSnapshot[]): readonly TitleCard[]
  card(titleId: string, nodes: readonly NodeSnapshot[]): TitleCard | null
  stagedCard(testToken: string, nodes: readonly NodeSnapshot[]): TitleCard | null
  /** Absolute path of a built-in title's cover by the two parts of its address, or null. Only covers have an address. */
  cover(titleId: string, file: string): string | null
  /** What publishers offer from now on, in place of what they did. What sessions play that are about to begin stays known. */
  publish(offers: Offers): void
}

/** More than are asked for within the seconds in which sessions are written. */
const mostGiven = 1_000

export function createCatalogue(loaded: readonly LoadedTitle[]): Catalogue {
  const builtIn = new Map(loaded.map((title) => [title.manifest.id, title]))
  let offers = emptyOffers
  let before = emptyOffers
  /** What new sessions were given, by title and version, the latest last: a session is in the store, and so in the offers, some time later. */
  const given = new Map<string, TitleManifest>()

  function give(offer: Offer | null): Offer | null {
    if (offer?.build === undefined) return offer
    const key = `${offer.manifest.id}@${offer.build.version}`
    given.delete(key)
    given.set(key, offer.manifest)
    const [oldest] = given.keys()
    if (given.size > mostGiven && oldest !== undefined) given.delete(oldest)
    return offer
  }

  const find = (titleId: string): TitleManifest | null =>
    builtIn.get(titleId)?.manifest ?? offers.live(titleId)?.manifest ?? null

  return {
    find,
    offer(titleId, playerId) {
      const own = builtIn.get(titleId)
      return own === undefined ? give(offers.offer(titleId, playerId)) : { manifest: own.manifest }
    },
    live: (titleId) => offers.live(titleId),
    staged: (testToken) => give(offers.staged(testToken)),
    of: ({ titleId, build }) =>
      build === undefined
        ? (builtIn.get(titleId)?.manifest ?? null)
        : (offers.version(titleId, build.version) ??
          before.version(titleId, build.version) ??
          given.get(`${titleId}@${build.version}`) ??
          null),
    isWithdrawn: (titleId) => offers.isWithdrawn(titleId),
    isBuiltIn: (titleId) => builtIn.has(titleId),
    cards: (nodes) => [
      ...loaded.map(({ manifest }) => toCard({ manifest }, nodes)),
      ...offers.all().map((offer) => inList(toCard(offer, nodes))),
    ],
    card(titleId, nodes) {
      const own = builtIn.get(titleId)
      const offer = own === undefined ? offers.live(titleId) : { manifest: own.manifest }
      return offer === null ? null : toCard(offer, nodes)
    },
    stagedCard(testToken, nodes) {
      const offer = offers.staged(testToken)
      return offer === null ? null : toCard(offer, nodes, `?test=${testToken}`)
    },
    cover(titleId, file) {
      const title = builtIn.get(titleId)
      return title?.coverFile != null && path.posix.basename(title.manifest.cover) === file
        ? title.coverFile
        : null
    },
    publish(next) {
      before = offers
      offers = next
    },
  }
}

/** @param query of the cover's address; the version, so that a new cover is seen at once, where nothing else is said */
export function toCard(
  { manifest, build, shown }: Offer,
  nodes: readonly NodeSnapshot[],
  query?: string,
): TitleCard {
  const able = nodes.filter((node) => !node.draining && hasBuild(node, manifest.id, build))
  const { id, name, tagline, description, genre, licence, display, input, controls, ageRating } = manifest
  const { spdx, source, notes } = licence
  const media = shown == null ? {} : cardOf(shown, (file) => `/media/${id}/${file}${query ?? ''}`)
  const versioned = build === undefined ? '' : `?v=${encodeURIComponent(build.version)}`
  return {
    id,
    name,
    tagline,
    description,
    genre,
    licence: notes === undefined ? { spdx, source } : { spdx, source, notes },
    coverUrl:
      media.cover?.files.at(-1)?.url ??
      `/media/${id}/${encodeURIComponent(path.posix.basename(manifest.cover))}${query ?? versioned}`,
    ...(Object.keys(media).length === 0 ? {} : { media }),
    display,
    input,
    controls,
    ...(ageRating === undefined ? {} : { ageRating }),
    available: able.length > 0,
    seatsFree: able.reduce((sum, node) => sum + node.seatsFree, 0),
  }
}

/** Lists are asked for again and again: what only the page of a title shows is left out. */
function inList(card: TitleCard): TitleCard {
  const { media, ...rest } = card
  return media?.cover === undefined ? rest : { ...rest, media: { cover: media.cover } }
}

const hasBuild = ({ titles }: NodeSnapshot, titleId: string, build?: SessionBuild): boolean =>
  titles.some(({ id, version }) => id === titleId && (build === undefined || version === build.version))
