import path from 'node:path'
import type { TitleCard, TitleManifest } from '../../config/protocol/title.ts'
import type { NodeSnapshot } from '../placement/snapshot.ts'
import type { LoadedTitle } from './loadTitles.ts'

/** The titles that this router offers. */
export interface Catalogue {
  find(titleId: string): TitleManifest | null
  cards(nodes: readonly NodeSnapshot[]): readonly TitleCard[]
  card(titleId: string, nodes: readonly NodeSnapshot[]): TitleCard | null
  /** Absolute path of a cover by the two parts of its address, or null. Only covers have an address. */
  cover(titleId: string, file: string): string | null
}

export function createCatalogue(loaded: readonly LoadedTitle[]): Catalogue {
  const byId = new Map(loaded.map((title) => [title.manifest.id, title]))
  return {
    find: (titleId) => byId.get(titleId)?.manifest ?? null,
    cards: (nodes) => loaded.map(({ manifest }) => toCard(manifest, nodes)),
    card(titleId, nodes) {
      const title = byId.get(titleId)
      return title === undefined ? null : toCard(title.manifest, nodes)
    },
    cover(titleId, file) {
      const title = byId.get(titleId)
      return title?.coverFile != null && path.posix.basename(title.manifest.cover) === file
        ? title.coverFile
        : null
    },
  }
}

export function toCard(manifest: TitleManifest, nodes: readonly NodeSnapshot[]): TitleCard {
  const able = nodes.filter((node) => !node.draining && node.titles.some(({ id }) => id === manifest.id))
  const { id, name, tagline, description, genre, licence, display, input, controls } = manifest
  const { spdx, source, notes } = licence
  return {
    id,
    name,
    tagline,
    description,
    genre,
    licence: notes === undefined ? { spdx, source } : { spdx, source, notes },
    coverUrl: `/media/${id}/${encodeURIComponent(path.posix.basename(manifest.cover))}`,
    display,
    input,
    controls,
    available: able.length > 0,
    seatsFree: able.reduce((sum, node) => sum + node.seatsFree, 0),
  }
}
