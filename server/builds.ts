import path from 'node:path'
import type { RouterSettings } from '../config/settings/router.ts'
import type { BlobStore } from './blobs/blobStore.ts'
import { startSweeping } from './blobs/sweeping.ts'
import type { Clock } from './clock.ts'
import type { Log } from './log.ts'
import { openTitleMedia, type TitleMediaDesk } from './media/titleMedia.ts'
import { openPackages, type Packages } from './packages/packages.ts'
import { createContentThread } from './packages/thread/openThread.ts'
import type { Store } from './store/store.ts'

/** Puts together what publishers bring: their packages, the pictures and films of these, and what sweeps both. */
export async function openBuilds({
  settings,
  store,
  blobsOf,
  changed,
  opened,
  clock,
  log,
}: {
  readonly settings: RouterSettings
  readonly store: Pick<Store, 'packages' | 'media' | 'publishing'>
  readonly blobsOf: (kind: 'packages' | 'media') => Promise<BlobStore>
  /** What these titles show is another than before. */
  changed(titleIds: readonly string[]): Promise<void>
  /** Takes what closes each of them. */
  readonly opened: (() => void | Promise<void>)[]
  readonly clock: Clock
  readonly log: Log
}): Promise<{ readonly packages: Packages; readonly media: TitleMediaDesk }> {
  const thread = createContentThread()
  opened.push(() => thread.close())
  const packages = await openPackages({
    store: store.packages,
    blobs: await blobsOf('packages'),
    clock,
    log,
    maxBytes: settings.orgMaxBytes,
    packageMaxBytes: settings.packageMaxBytes,
    keepFreeBytes: settings.blobsKeepFreeBytes,
    thread,
  })
  opened.push(() => packages.close())
  const sweepingPackages = startSweeping('packages', packages, clock, log)
  opened.push(() => sweepingPackages.close())
  const media = await openTitleMedia({
    store: store.media,
    titles: store.publishing,
    blobs: await blobsOf('media'),
    packages,
    folder: path.join(settings.dataDir, 'media-work'),
    ffmpeg: settings.ffmpegPath,
    changed,
    clock,
    log,
  })
  opened.push(() => media.close())
  const sweepingMedia = startSweeping('media', media, clock, log)
  opened.push(() => sweepingMedia.close())
  return { packages, media }
}
