import { randomUUID } from 'node:crypto'
import { mkdir, rm } from 'node:fs/promises'
import { NearcadeError } from '../../config/errors.ts'
import type { MediaItem, NewMedia, TitleMedia } from '../../config/protocol/media.ts'
import { mediaHeadBytes } from '../../config/protocol/mediaForm.ts'
import { packageChunkBytes, type PackageTree } from '../../config/protocol/package.ts'
import type { TitleManifest } from '../../config/protocol/title.ts'
import { mostScreenshots } from '../../config/protocol/titleMedia.ts'
import { type Blob, type BlobStore, type ByteRange, readBlob } from '../blobs/blobStore.ts'
import type { Clock } from '../clock.ts'
import type { Log } from '../log.ts'
import type { MediaStore, MediaWithWork, StoredMedia } from '../store/mediaStore.ts'
import type { PublishingStore } from '../store/publishingStore.ts'
import { mediaFaults, mediaNamedBy, packageKey } from './brought.ts'
import { createDoor } from './door.ts'
import { openFfmpeg } from './ffmpeg.ts'
import { createShelf } from './shelf.ts'
import { fileName, type ShownMedia, shownOf } from './shown.ts'
import { viewOf } from './view.ts'
import { createWorks, type PackageFiles } from './works.ts'

/** Covers, screenshots and trailers of publishers' titles. Whoever calls has asked for the right to. Every failure is a NearcadeError. */
export interface TitleMediaDesk {
  /** Makes ready what was brought before, versions of older routers too. Nobody needs to wait for it. */
  begin(): Promise<void>
  /** What is wrong with the files that a manifest names, each as `field: what`. */
  faults(manifest: TitleManifest, tree: PackageTree): Promise<readonly string[]>
  /** A version is there: what it brings is made ready. */
  brought(version: BroughtVersion): Promise<void>
  /** By title: what each of its versions shows. */
  shown(titleIds: readonly string[]): Promise<ReadonlyMap<string, (version: string) => ShownMedia>>
  /** Titles or versions were deleted: what only they had goes. */
  tidy(): Promise<void>
  view(orgId: string, titleId: string): Promise<TitleMedia>
  /** Keeps a file that the console brings and begins to make it ready. */
  bring(orgId: string, titleId: string, wish: NewMedia, bytes: AsyncIterable<Uint8Array>): Promise<MediaItem>
  describe(orgId: string, titleId: string, mediaId: string, alt: string): Promise<TitleMedia>
  order(orgId: string, titleId: string, ids: readonly string[]): Promise<TitleMedia>
  remove(orgId: string, titleId: string, mediaId: string): Promise<TitleMedia>
  restore(orgId: string, titleId: string, mediaId: string): Promise<TitleMedia>
  /** Which file the console brought; `read` has it. */
  original(
    orgId: string,
    titleId: string,
    mediaId: string,
  ): Promise<{ readonly name: string; readonly sha256: string }>
  /** What was made for this title and is called so; null: nothing. */
  preview(orgId: string, titleId: string, file: string, range?: ByteRange): Promise<Blob | null>
  /** Of something that whoever calls has found among what is shown, or may have. */
  read(file: string, range?: ByteRange): Promise<Blob | null>
  /** What the console brought, for an export. */
  own(titleId: string): Promise<readonly StoredMedia[]>
  sweep(): Promise<number>
  /** Once nothing waits to be made ready. */
  idle(): Promise<void>
  close(): Promise<void>
}

export interface BroughtVersion {
  readonly titleId: string
  readonly version: string
  readonly manifest: TitleManifest
  readonly tree: PackageTree
}

export interface TitleMediaContext {
  readonly store: MediaStore
  readonly titles: Pick<PublishingStore, 'find' | 'versions'>
  readonly blobs: BlobStore
  readonly packages: PackageFiles
  /** For work; what is in it goes. */
  readonly folder: string
  /** Path of an ffmpeg; '' looks for one. */
  readonly ffmpeg: string
  /** What these titles show is another than before. */
  changed(titleIds: readonly string[]): Promise<void>
  readonly clock: Pick<Clock, 'now' | 'after'>
  readonly log: Log
}

/** Of one title, those that were removed within the hour too. */
const mostOwn = 64
/** How long what was removed can be had back. */
const undoMs = 3_600_000
/** What came lately may be about to be named. */
const freshMs = 2 * 3_600_000

export async function openTitleMedia(context: TitleMediaContext): Promise<TitleMediaDesk> {
  const { store, titles, blobs, packages, folder, changed, clock, log } = context
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const shelf = createShelf(store, blobs)
  const works = createWorks({
    store,
    blobs,
    shelf,
    packages,
    folder,
    openFfmpeg: (signal) => openFfmpeg(context.ffmpeg, folder, log, signal),
    done: changed,
    clock,
    log,
  })
  const door = createDoor({ store, blobs, folder })

  /** @throws NearcadeError title-not-found */
  async function demandOwn(orgId: string, titleId: string): Promise<void> {
    if ((await titles.find(titleId))?.orgId !== orgId) throw new NearcadeError('title-not-found')
  }
  /** @throws NearcadeError title-not-found, media-not-found: also for what a build brings */
  async function own(orgId: string, titleId: string, mediaId: string): Promise<MediaWithWork> {
    await demandOwn(orgId, titleId)
    const found = await store.find(titleId, mediaId)
    if (found === null || found.version !== null) throw new NearcadeError('media-not-found')
    return found
  }

  async function brought({ titleId, version, manifest, tree }: BroughtVersion): Promise<void> {
    const byPath = new Map(tree.files.map((file) => [file.path, file]))
    const createdAtMs = clock.now()
    const media = mediaNamedBy(manifest).flatMap(({ kind, path: at, alt }, position): StoredMedia[] => {
      const file = byPath.get(at)
      if (file === undefined) return []
      const form = kind === 'trailer' ? 'trailer' : 'picture'
      const of = { titleId, version, kind, position, alt, name: at, bytes: file.size }
      return [{ id: randomUUID(), ...of, key: packageKey(file), form, createdAtMs, removedAtMs: null }]
    })
    await store.add(media, 'package')
    works.kick()
  }

  /** What stands in the title's place for its players, and what is to come. */
  async function view(orgId: string, titleId: string): Promise<TitleMedia> {
    const title = await titles.find(titleId)
    if (title === null || title.orgId !== orgId) throw new NearcadeError('title-not-found')
    const { live, staging } = title.channels
    const version = live ?? staging?.version ?? (await titles.versions(titleId))[0]?.version ?? null
    const rows = (await store.of([titleId])).filter(
      (one) => one.removedAtMs === null && (one.version === null || one.version === version),
    )
    const isWaiting = rows.some(({ state }) => state.kind === 'waiting')
    return viewOf(rows, {
      waiting: isWaiting ? await store.waiting() : [],
      current: works.current(),
      isUnable: works.isUnable(),
      base: `/api/orgs/${encodeURIComponent(orgId)}/titles/${encodeURIComponent(titleId)}/media/files/`,
    })
  }

  async function change(orgId: string, titleId: string): Promise<TitleMedia> {
    await changed([titleId])
    return view(orgId, titleId)
  }

  /** Of those that there can be one of, others than this one go: they can be had back. */
  async function takePlace({ id, kind, titleId }: StoredMedia): Promise<void> {
    const others = (await ownOf(titleId)).filter((one) => one.kind === kind && one.id !== id)
    if (kind !== 'screenshot')
      await store.remove(
        others.map((one) => one.id),
        clock.now(),
      )
  }
  const ownOf = async (titleId: string): Promise<readonly MediaWithWork[]> =>
    (await store.of([titleId])).filter((one) => one.version === null && one.removedAtMs === null)

  async function demandPlace(titleId: string, kind: StoredMedia['kind']): Promise<number> {
    const others = (await ownOf(titleId)).filter((one) => one.kind === kind)
    if (kind === 'screenshot' && others.length >= mostScreenshots)
      throw new NearcadeError('too-many-media', [`${mostScreenshots}`])
    return Math.max(-1, ...others.map(({ position }) => position)) + 1
  }

  return {
    async begin() {
      for (const { titleId, version, treeId, manifest } of await store.versionsWithout()) {
        const paths = mediaNamedBy(manifest).map((one) => one.path)
        const part = await packages.treePart(treeId, paths)
        if (part !== null) await brought({ titleId, version, manifest, tree: part.tree })
      }
      works.kick()
    },
    faults: (manifest, tree) =>
      mediaFaults(manifest, tree, async ({ chunks: [first] }) => {
        const chunk = first === undefined ? null : await packages.readChunk(first)
        return chunk === null ? null : (await readBlob(chunk, packageChunkBytes)).subarray(0, mediaHeadBytes)
      }),
    brought,
    async shown(titleIds) {
      const byTitle = new Map<string, MediaWithWork[]>(titleIds.map((titleId) => [titleId, []]))
      for (const one of await store.of(titleIds)) byTitle.get(one.titleId)?.push(one)
      return new Map(
        Array.from(byTitle, ([titleId, media]) => [titleId, (version: string) => shownOf(media, version)]),
      )
    },
    async tidy() {
      try {
        await works.stopUnwanted()
        await shelf.tidy()
      } catch (cause) {
        // What is gone is gone all the same; the next sweep takes what it leaves.
        log.error({ err: cause }, 'files of what was deleted could not be removed')
      }
    },
    view,
    async bring(orgId, titleId, { kind, name, alt }, bytes) {
      await demandOwn(orgId, titleId)
      if ((await store.of([titleId])).filter((one) => one.version === null).length >= mostOwn)
        throw new NearcadeError('too-many-requests', [`${mostOwn} files within an hour`])
      await demandPlace(titleId, kind)
      const id = randomUUID()
      await door.take(orgId, kind, bytes, async ({ file, sha256, size }) => {
        const form = kind === 'trailer' ? 'trailer' : 'picture'
        const media: StoredMedia = {
          ...{ id, titleId, version: null, kind, alt, name, bytes: size, key: sha256, form },
          position: await demandPlace(titleId, kind),
          createdAtMs: clock.now(),
          removedAtMs: null,
        }
        await shelf.bring(
          [sha256],
          () => blobs.put(sha256, file(), size),
          async () => {
            await store.add([media], 'upload')
            await takePlace(media)
          },
        )
        log.info({ title: titleId, org: orgId, kind, bytes: size }, 'media brought')
      })
      works.kick()
      const { items } = await change(orgId, titleId)
      const item = items.find((one) => one.id === id)
      if (item === undefined) throw new NearcadeError('media-not-found')
      return item
    },
    async describe(orgId, titleId, mediaId, alt) {
      await own(orgId, titleId, mediaId)
      await store.describe(mediaId, alt)
      return change(orgId, titleId)
    },
    async order(orgId, titleId, ids) {
      await demandOwn(orgId, titleId)
      const there = (await ownOf(titleId)).filter(({ kind }) => kind === 'screenshot')
      if (there.length !== ids.length || !there.every(({ id }) => ids.includes(id)))
        throw new NearcadeError('choice-gone', ['the screenshots are others by now'])
      await store.place(new Map(ids.map((id, position) => [id, position])))
      return change(orgId, titleId)
    },
    async remove(orgId, titleId, mediaId) {
      await own(orgId, titleId, mediaId)
      await store.remove([mediaId], clock.now())
      return change(orgId, titleId)
    },
    async restore(orgId, titleId, mediaId) {
      const media = await own(orgId, titleId, mediaId)
      if (media.removedAtMs !== null) {
        await demandPlace(titleId, media.kind)
        await takePlace(media)
        await store.remove([mediaId], null)
      }
      return change(orgId, titleId)
    },
    async original(orgId, titleId, mediaId) {
      const { key, name } = await own(orgId, titleId, mediaId)
      return { name, sha256: key }
    },
    async preview(orgId, titleId, file, range) {
      await demandOwn(orgId, titleId)
      const made = (await store.of([titleId])).flatMap(({ state }) =>
        state.kind === 'picture'
          ? state.files
          : state.kind === 'trailer'
            ? [state.file, ...state.poster]
            : [],
      )
      return made.some((one) => fileName(one) === file) ? read(file, range) : null
    },
    read,
    own: ownOf,
    async sweep() {
      await store.forgetRemoved(clock.now() - undoMs)
      await shelf.tidy()
      return shelf.sweep(clock.now() - freshMs)
    },
    idle: () => works.idle(),
    close: () => works.close(),
  }

  function read(file: string, range?: ByteRange): Promise<Blob | null> {
    return blobs.get(file.replace(/\..*$/s, ''), range)
  }
}
