import { NearcadeError } from '../../config/errors.ts'
import { packageManifest } from '../../config/protocol/package.ts'
import { maxManifestBytes } from '../../config/protocol/title.ts'
import type { Catalogue } from '../catalogue/catalogue.ts'
import type { Clock } from '../clock.ts'
import type { Log } from '../log.ts'
import type { TitleMediaDesk } from '../media/titleMedia.ts'
import type { PublishingStore } from '../store/publishingStore.ts'
import { demandSound, manifestOf, pathsIn, refused } from './manifest.ts'
import type { PackageSource, Publishing } from './publishing.ts'

/** Of one organisation, those that it has deleted too: their ids stay its own. */
const mostTitles = 100
/** Of one title. */
const mostVersions = 500
/** Stands where an id does, in addresses (config/protocol/publishing.ts). */
const versionsPath = 'versions'

export interface PushingContext {
  readonly store: PublishingStore
  readonly packages: PackageSource
  readonly catalogue: Pick<Catalogue, 'isBuiltIn'>
  readonly media: Pick<TitleMediaDesk, 'faults' | 'brought'>
  /** Lets go of a tree that no version has. */
  forget(treeId: string): Promise<void>
  readonly clock: Pick<Clock, 'now'>
  readonly log: Log
}

/** Makes versions of what was uploaded. */
export function createPushing({
  store,
  packages,
  catalogue,
  media,
  forget,
  clock,
  log,
}: PushingContext): Publishing['push'] {
  /** The tree that came of it. */
  async function uploaded(orgId: string, uploadId: string): Promise<string> {
    const upload = await packages.uploadOf(orgId, uploadId)
    if (upload === null) throw new NearcadeError('upload-not-found')
    if (upload.treeId === undefined) throw new NearcadeError('upload-incomplete', [`it is ${upload.state}`])
    return upload.treeId
  }

  return async (orgId, uploadId, by) => {
    const treeId = await uploaded(orgId, uploadId)
    const text = await packages.readFile(treeId, packageManifest, maxManifestBytes)
    const manifest = manifestOf(text?.toString('utf8') ?? '')
    const part = await packages.treePart(treeId, pathsIn(manifest))
    if (part === null) throw new NearcadeError('upload-not-found')
    const { tree, sizeBytes } = part
    demandSound(manifest, tree)
    const faults = await media.faults(manifest, tree)
    if (faults.length > 0) throw refused(faults)
    const { id: titleId, version } = manifest
    if (catalogue.isBuiltIn(titleId) || titleId === versionsPath)
      throw new NearcadeError('title-taken', [titleId])
    const title = await store.find(titleId)
    if (title !== null && title.orgId !== orgId) throw new NearcadeError('title-taken', [titleId])
    const before = await store.version(titleId, version)
    if (before !== null && before.treeId !== treeId)
      throw new NearcadeError('version-taken', [`${titleId} ${version}`])
    if (title === null && (await store.ofOrg(orgId)).length >= mostTitles)
      throw new NearcadeError('too-many-titles', [`${mostTitles}`])
    if (before === null && (await store.countVersions(titleId)) >= mostVersions)
      throw new NearcadeError('too-many-versions', [`${mostVersions}`])
    // Before anybody can find the version: what it names is never swept.
    if (!(await packages.keep(treeId))) throw new NearcadeError('upload-not-found')
    if ((await store.claim(titleId, orgId, clock.now())).orgId !== orgId) {
      await forget(treeId)
      throw new NearcadeError('title-taken', [titleId])
    }
    const made = await store.addVersion({
      titleId,
      version,
      treeId,
      manifest,
      sizeBytes,
      createdAtMs: clock.now(),
      createdBy: by,
      check: { state: 'none' },
    })
    if (made.treeId !== treeId) {
      await forget(treeId)
      throw new NearcadeError('version-taken', [`${titleId} ${version}`])
    }
    if (before === null) {
      await media.brought({ titleId, version, manifest, tree })
      log.info({ title: titleId, version, org: orgId }, 'version pushed')
    }
    return { version: made, isNew: before === null }
  }
}
