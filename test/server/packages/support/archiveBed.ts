import { readdir } from 'node:fs/promises'
import { setImmediate } from 'node:timers/promises'
import { expect } from 'chai'
import { packageChunkBytes } from '../../../../config/protocol/package.ts'
import type { UploadView } from '../../../../config/protocol/uploads.ts'
import { openBlobFolder } from '../../../../server/blobs/folder.ts'
import { systemClock } from '../../../../server/clock.ts'
import { openLog } from '../../../../server/log.ts'
import { openPackages, type Packages } from '../../../../server/packages/packages.ts'
import { createContentThread } from '../../../../server/packages/thread/openThread.ts'
import { openPgliteStore } from '../../../../server/store/pgliteStore.ts'
import type { Store } from '../../../../server/store/store.ts'
import { tempFolder } from '../../support/tempFolder.ts'
import { bodyOf, framesOf, treeFrom } from './builds.ts'

export const maxBytes = 256 * packageChunkBytes

export interface ArchiveBed {
  readonly store: Store
  readonly packages: Packages
  /** Another one for each test. */
  readonly org: string
  /** Names of what the blob folder holds. */
  filesIn(): Promise<string[]>
  /** Closes, which waits for what is in work, and opens again with what was kept. */
  again(bytes?: number): Promise<void>
  /** @returns the upload's id */
  sent(name: string, archive: Buffer): Promise<string>
  settled(uploadId: string): Promise<UploadView>
  /** Once all is tidied up. */
  unpacked(name: string, archive: Buffer): Promise<UploadView>
}

/** For the suite that calls it: one store, and a folder and an organisation for each test. */
export function archiveBed(): ArchiveBed {
  let store: Store
  let folder: Awaited<ReturnType<typeof tempFolder>>
  let packages: Packages
  let org: string
  let last = 0
  const thread = createContentThread()
  before(async () => (store = await openPgliteStore(null)))
  after(async () => {
    await thread.close()
    await store.close()
  })
  beforeEach(async () => {
    folder = await tempFolder()
    org = `archives-${(last += 1)}`
    packages = await open(maxBytes)
  })
  afterEach(async () => {
    await packages.close()
    await folder.remove()
  })

  const open = async (bytes: number): Promise<Packages> =>
    openPackages({
      store: store.packages,
      blobs: await openBlobFolder(folder.path),
      clock: systemClock,
      log: openLog('silent'),
      thread,
      maxBytes: bytes,
    })

  const bed: ArchiveBed = {
    get store() {
      return store
    },
    get packages() {
      return packages
    },
    get org() {
      return org
    },
    filesIn: async () =>
      (await readdir(folder.path, { recursive: true, withFileTypes: true }))
        .filter((entry) => entry.isFile())
        .map(({ name }) => name),
    async again(bytes = maxBytes) {
      await packages.close()
      packages = await open(bytes)
    },
    async sent(name, archive) {
      const { tree, chunks } = treeFrom({ archive })
      const [file] = tree.files
      const begun = await packages.begin(
        org,
        bodyOf({ kind: 'archive', name, size: archive.length, chunks: file?.chunks ?? [] }),
      )
      await packages.write(org, begun.view.uploadId, framesOf(chunks))
      return begun.view.uploadId
    },
    async settled(uploadId) {
      for (;;) {
        const view = await packages.uploadOf(org, uploadId)
        if (view === null || view.state !== 'unpacking') return view ?? expect.fail('it is gone')
        await setImmediate()
      }
    },
    async unpacked(name, archive) {
      const id = await bed.sent(name, archive)
      expect((await packages.finish(org, id)).state).to.be.oneOf(['unpacking', 'done', 'refused'])
      const view = await bed.settled(id)
      await bed.again()
      return view
    },
  }
  return bed
}
