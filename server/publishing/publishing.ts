import { randomBytes } from 'node:crypto'
import path from 'node:path'
import { NearcadeError } from '../../config/errors.ts'
import type { PackageTree } from '../../config/protocol/package.ts'
import type {
  Promotion,
  PublishedTitle,
  TitleDetails,
  TitleLogs,
  TitleStats,
  TitleVersion,
} from '../../config/protocol/publishing.ts'
import type { TitleRatings } from '../../config/protocol/ratings.ts'
import type { UploadView } from '../../config/protocol/uploads.ts'
import type { Catalogue } from '../catalogue/catalogue.ts'
import { type OfferedTitle, type OfferedVersion, offersOf } from '../catalogue/offers.ts'
import type { Clock } from '../clock.ts'
import type { Log } from '../log.ts'
import { filesOf } from '../media/shown.ts'
import type { TitleMediaDesk } from '../media/titleMedia.ts'
import type { NodeSnapshot } from '../placement/snapshot.ts'
import type { Sessions } from '../sessions/sessions.ts'
import type { PublishingStore, StoredTitle, StoredVersion } from '../store/publishingStore.ts'
import { createCovers } from './covers.ts'
import {
  type ChannelAction,
  forgetVersion,
  moveChannels,
  type TitleChannels,
  versionsOn,
} from './channels.ts'
import { installsOf } from './installs.ts'
import { onlyStaged, stagedBytes, stagingFault } from './staged.ts'
import { createFigures } from './figures.ts'
import { createPushing } from './pushing.ts'

/** Publishers' titles, from an upload to what players get. Whoever calls has asked for the right to. Every failure is a NearcadeError. */
export interface Publishing {
  /** Makes a version of what was uploaded. The same build again is the same version. */
  push(orgId: string, uploadId: string, by: string): Promise<{ version: TitleVersion; isNew: boolean }>
  titles(orgId: string): Promise<readonly PublishedTitle[]>
  details(orgId: string, titleId: string): Promise<TitleDetails>
  promote(orgId: string, titleId: string, promotion: Promotion): Promise<PublishedTitle>
  /** Checks a version that is staged, again if it was before. */
  check(orgId: string, titleId: string, version: string): Promise<TitleVersion>
  /** PNG of its last check; null: there is none of that name. */
  picture(orgId: string, titleId: string, version: string, name: string): Promise<Buffer | null>
  /** MP4, of its last check; null: there is none. */
  clip(orgId: string, titleId: string, version: string): Promise<Buffer | null>
  rollBack(orgId: string, titleId: string): Promise<PublishedTitle>
  /** No new session begins from the moment that this resolves. */
  withdraw(orgId: string, titleId: string): Promise<PublishedTitle>
  restore(orgId: string, titleId: string): Promise<PublishedTitle>
  deleteVersion(orgId: string, titleId: string, version: string): Promise<TitleDetails>
  stats(orgId: string, titleId: string, from: string | null, to: string | null): Promise<TitleStats>
  ratings(orgId: string, titleId: string): Promise<TitleRatings>
  /** Sessions that have ended, latest first. */
  logs(orgId: string, titleId: string, most: number): Promise<TitleLogs>
  /** All that is kept of it, one thing after the other; nothing of who played. */
  everything(orgId: string, titleId: string): Promise<AsyncIterable<object>>
  forgetStats(orgId: string, titleId: string): Promise<void>
  /** Its versions, figures and players' saves go. The id stays the organisation's. */
  deleteTitle(orgId: string, titleId: string): Promise<void>
  /** Takes a canary back by itself. */
  takeBack(titleId: string, version: string, why: string): Promise<void>
  /** The cover of what is live, or of what is staged for whoever has its link; null: not this file. */
  cover(titleId: string, file: string, testToken: string | null): Promise<Buffer | null>
  /** Whether this is one of the files that were made of what is live, or of what is staged for whoever has its link. */
  shows(titleId: string, file: string, testToken: string | null): boolean
  /** What these titles show is another than before. */
  refresh(titleIds: readonly string[]): Promise<void>
  /** What publishers offer now. */
  offered(): readonly OfferedTitle[]
}

/** What publishing needs of the package store. */
export interface PackageSource {
  uploadOf(orgId: string, uploadId: string): Promise<Pick<UploadView, 'state' | 'treeId'> | null>
  /** Its files and links of these paths, and the size of all of it. */
  treePart(
    treeId: string,
    paths: readonly string[],
  ): Promise<{ readonly tree: PackageTree; readonly sizeBytes: number } | null>
  /** Null: there is no such file, or it is larger. */
  readFile(treeId: string, path: string, maxBytes: number): Promise<Buffer | null>
  /** Keeps it until it is forgotten. False: there is no such tree. */
  keep(treeId: string): Promise<boolean>
  forget(treeId: string): Promise<void>
}

export interface PublishingContext {
  readonly store: PublishingStore
  readonly packages: PackageSource
  readonly catalogue: Catalogue
  readonly media: Pick<TitleMediaDesk, 'faults' | 'brought' | 'shown' | 'tidy' | 'own'>
  readonly sessions: Pick<Sessions, 'withdraw'>
  /** Those that are online. */
  nodes(): Iterable<Pick<NodeSnapshot, 'siteName' | 'titles' | 'packages'>>
  /** What publishers offer is another than before. */
  onChange(): void
  /** A title is gone: what was booked for it is nobody's. */
  deleted(orgId: string, titleId: string): Promise<void>
  /** Begins to check a version; the answer is in the store some time later. */
  check(titleId: string, version: string): Promise<void>
  readonly clock: Pick<Clock, 'now'>
  readonly log: Log
}

/** Somebody else moves the same title at the same time. */
const mostTries = 8

/** Fills the catalogue with what is live, then serves. */
export async function openPublishing(context: PublishingContext): Promise<Publishing> {
  const { store, packages, catalogue, media, sessions, clock, log } = context
  const offered = new Map<string, OfferedTitle>()
  const covers = createCovers(packages)

  /** Reads what is on their channels, and what sessions play. */
  async function look(titles: readonly StoredTitle[]): Promise<void> {
    const ids = new Set(titles.map(({ id }) => id))
    const played = [...(await store.played())].filter((key) => ids.has(key.replace(/@.*$/s, '')))
    const keys = titles.flatMap(({ id, channels }) =>
      [...versionsOn(channels)].map((version) => `${id}@${version}`),
    )
    const shown = await media.shown([...ids])
    const byTitle = new Map<string, Map<string, OfferedVersion>>()
    for (const { titleId, version, manifest, treeId, sizeBytes } of await store.versionsNamed([
      ...new Set([...keys, ...played]),
    ])) {
      const versions = byTitle.get(titleId) ?? new Map<string, OfferedVersion>()
      byTitle.set(
        titleId,
        versions.set(version, { manifest, treeId, sizeBytes, shown: shown.get(titleId)?.(version) ?? null }),
      )
    }
    for (const { id, orgId, channels } of titles)
      offered.set(id, { titleId: id, orgId, channels, versions: byTitle.get(id) ?? new Map() })
  }
  async function show(title: StoredTitle): Promise<void> {
    await look([title])
    catalogue.publish(offersOf([...offered.values()]))
    context.onChange()
  }

  await look(await store.all())
  catalogue.publish(offersOf([...offered.values()]))

  /** @throws NearcadeError title-not-found */
  async function own(orgId: string, titleId: string): Promise<StoredTitle> {
    const title = await store.find(titleId)
    if (title?.orgId !== orgId) throw new NearcadeError('title-not-found')
    return title
  }
  /** @throws NearcadeError version-not-found */
  async function versionOf(titleId: string, version: string): Promise<StoredVersion> {
    const found = await store.version(titleId, version)
    if (found === null) throw new NearcadeError('version-not-found', [version])
    return found
  }

  /** @throws NearcadeError staging-full: nodes would have more to hold of this organisation that nobody plays yet */
  async function demandRoom(title: StoredTitle, next: TitleChannels): Promise<void> {
    const version = onlyStaged(next)
    if (version === null || version === onlyStaged(title.channels)) return
    const { sizeBytes } = await versionOf(title.id, version)
    const others = [...offered.values()].filter(
      ({ orgId, titleId }) => orgId === title.orgId && titleId !== title.id,
    )
    const fault = stagingFault([...others.flatMap(stagedBytes), sizeBytes])
    if (fault !== null) throw new NearcadeError('staging-full', [fault])
  }

  async function move(
    find: () => Promise<StoredTitle>,
    action: (title: StoredTitle) => Promise<ChannelAction>,
  ): Promise<StoredTitle> {
    for (let tries = 0; tries < mostTries; tries += 1) {
      const title = await find()
      const moved = moveChannels(title.channels, await action(title))
      if (!moved.ok) throw new NearcadeError(moved.code, [moved.detail])
      await demandRoom(title, moved.channels)
      if (!(await store.move(title.id, title.revision, moved.channels))) continue
      const now = { ...title, channels: moved.channels, revision: title.revision + 1 }
      await show(now)
      return now
    }
    throw new NearcadeError('choice-gone', ['the title changes all the time'])
  }
  const moveOwn = async (
    orgId: string,
    titleId: string,
    action: () => ChannelAction | Promise<ChannelAction>,
  ): Promise<PublishedTitle> =>
    view(
      await move(
        () => own(orgId, titleId),
        async () => action(),
      ),
    )

  async function view(title: StoredTitle): Promise<PublishedTitle> {
    return titleView(title, (await store.names([title.id])).get(title.id))
  }
  async function details(title: StoredTitle): Promise<TitleDetails> {
    const versions = await store.versions(title.id)
    return {
      ...titleView(title, versions[0]?.manifest.name),
      versions: [...versions],
      installs: installsOf(title.id, context.nodes()),
    }
  }

  async function forget(treeId: string): Promise<void> {
    if (!(await store.hasTree(treeId))) await packages.forget(treeId)
  }

  return {
    ...createFigures({ store, media, own, details, clock }),
    push: createPushing({ store, packages, catalogue, media, forget, clock, log }),
    async titles(orgId) {
      const titles = await store.ofOrg(orgId)
      const names = await store.names(titles.map(({ id }) => id))
      return titles.map((title) => titleView(title, names.get(title.id)))
    },
    details: async (orgId, titleId) => details(await own(orgId, titleId)),
    async promote(orgId, titleId, { version, channel, canaryPercent }) {
      const title = await moveOwn(orgId, titleId, async () => {
        const { check } = await versionOf(titleId, version)
        if (channel === 'staging')
          return { kind: 'stage', version, newToken: randomBytes(24).toString('base64url') }
        return {
          kind: 'publish',
          version,
          percent: canaryPercent ?? null,
          isPassed: check.state === 'passed',
          atMs: clock.now(),
        }
      })
      const { check } = await versionOf(titleId, version)
      if (channel === 'staging' && check.state === 'none') await context.check(titleId, version)
      return title
    },
    async check(orgId, titleId, version) {
      const { channels } = await own(orgId, titleId)
      await versionOf(titleId, version)
      // Nodes have what is on a channel.
      if (!versionsOn(channels).has(version)) throw new NearcadeError('not-staged', [version])
      await context.check(titleId, version)
      return versionOf(titleId, version)
    },
    async clip(orgId, titleId, version) {
      await own(orgId, titleId)
      return store.clip(titleId, version)
    },
    async picture(orgId, titleId, version, name) {
      await own(orgId, titleId)
      return store.picture(titleId, version, name)
    },
    rollBack: (orgId, titleId) => moveOwn(orgId, titleId, () => ({ kind: 'roll-back' })),
    async withdraw(orgId, titleId) {
      const title = await moveOwn(orgId, titleId, () => ({ kind: 'withdraw' }))
      sessions.withdraw(titleId)
      return title
    },
    restore: (orgId, titleId) => moveOwn(orgId, titleId, () => ({ kind: 'restore' })),
    async deleteVersion(orgId, titleId, version) {
      const title = await own(orgId, titleId)
      const { treeId } = await versionOf(titleId, version)
      const isDropped =
        !versionsOn(title.channels).has(version) &&
        (await store.dropVersion(title, version, forgetVersion(title.channels, version)))
      if (!isDropped) throw new NearcadeError('version-in-use', [`${titleId} ${version}`])
      await forget(treeId)
      await media.tidy()
      const now = await own(orgId, titleId)
      await show(now)
      return details(now)
    },
    async deleteTitle(orgId, titleId) {
      const title = await own(orgId, titleId)
      const versions = await store.versions(titleId)
      if (!(await store.removeTitle(title))) throw new NearcadeError('version-in-use', [titleId])
      for (const { treeId } of versions) await forget(treeId)
      await media.tidy()
      await show(await own(orgId, titleId))
      sessions.withdraw(titleId)
      await context.deleted(orgId, titleId)
      log.info({ title: titleId, org: orgId }, 'title deleted')
    },
    async takeBack(titleId, version, why) {
      const find = async (): Promise<StoredTitle> => {
        const title = await store.find(titleId)
        if (title === null) throw new NearcadeError('title-not-found')
        return title
      }
      const atMs = clock.now()
      await move(find, async () => ({ kind: 'take-back-canary', version, atMs, why }))
      log.warn({ title: titleId, version, why }, 'canary taken back')
    },
    async cover(titleId, file, testToken) {
      const offer = testToken === null ? catalogue.live(titleId) : catalogue.staged(testToken)
      if (offer?.treeId === undefined || offer.manifest.id !== titleId) return null
      const { cover } = offer.manifest
      if (path.posix.basename(cover) !== file) return null
      return covers.read(offer.treeId, cover)
    },
    shows(titleId, file, testToken) {
      const offer = testToken === null ? catalogue.live(titleId) : catalogue.staged(testToken)
      return offer?.manifest.id === titleId && offer.shown != null && filesOf(offer.shown).has(file)
    },
    async refresh(titleIds) {
      for (const titleId of titleIds) {
        const title = await store.find(titleId)
        if (title !== null) await show(title)
      }
    },
    offered: () => [...offered.values()],
  }
}

function titleView({ id, channels }: StoredTitle, name = id): PublishedTitle {
  const { withdrawn, staging, live, canary, rolledBack } = channels
  return {
    titleId: id,
    name,
    withdrawn,
    channels: { staging, live, canary },
    rolledBack,
  }
}
