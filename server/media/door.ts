import { createHash, randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { open, rm } from 'node:fs/promises'
import path from 'node:path'
import { NearcadeError } from '../../config/errors.ts'
import type { MediaKind } from '../../config/protocol/media.ts'
import { mediaForm, mediaHeadBytes } from '../../config/protocol/mediaForm.ts'
import { maxPictureBytes, maxTrailerBytes } from '../../config/protocol/titleMedia.ts'
import type { BlobStore } from '../blobs/blobStore.ts'
import type { MediaStore } from '../store/mediaStore.ts'

/** A file that has come whole. */
export interface Arrived {
  file(): AsyncIterable<Uint8Array>
  readonly sha256: string
  readonly size: number
}

/** Files on their way in from consoles. */
export interface MediaDoor {
  /**
   * Keeps bytes in a file until `then` is done with them.
   * @throws NearcadeError too-many-requests, media-too-large, media-type, over-quota, store-full
   */
  take(
    orgId: string,
    kind: MediaKind,
    bytes: AsyncIterable<Uint8Array>,
    then: (arrived: Arrived) => Promise<void>,
  ): Promise<void>
}

/** At once, of one organisation and of all. */
const [mostOfOrg, mostOfAll] = [3, 12]
/** Of one organisation. */
const maxOrgBytes = 2 * 1024 ** 3
/** Of the disk, which holds the database too. */
const leastFreeBytes = 512 * 1024 ** 2

export function createDoor({
  store,
  blobs,
  folder,
}: {
  readonly store: Pick<MediaStore, 'usage'>
  readonly blobs: Pick<BlobStore, 'room'>
  readonly folder: string
}): MediaDoor {
  const inside: string[] = []

  async function write(draft: string, kind: MediaKind, bytes: AsyncIterable<Uint8Array>): Promise<Arrived> {
    const most = kind === 'trailer' ? maxTrailerBytes : maxPictureBytes
    const wanted = kind === 'trailer' ? 'video' : 'picture'
    const hash = createHash('sha256')
    let size = 0
    let head = Buffer.alloc(0)
    const handle = await open(draft, 'wx', 0o600)
    try {
      for await (const part of bytes) {
        size += part.length
        if (size > most) throw new NearcadeError('media-too-large', [`more than ${most} bytes`])
        if (head.length < mediaHeadBytes) {
          head = Buffer.concat([head, part]).subarray(0, mediaHeadBytes)
          if (head.length === mediaHeadBytes && mediaForm(head)?.kind !== wanted)
            throw new NearcadeError('media-type')
        }
        hash.update(part)
        await handle.write(part)
      }
    } finally {
      await handle.close()
    }
    if (mediaForm(head)?.kind !== wanted) throw new NearcadeError('media-type')
    return { file: () => createReadStream(draft), sha256: hash.digest('hex'), size }
  }

  return {
    async take(orgId, kind, bytes, then) {
      if (inside.length >= mostOfAll || inside.filter((one) => one === orgId).length >= mostOfOrg)
        throw new NearcadeError('too-many-requests')
      inside.push(orgId)
      const draft = path.join(folder, `${randomUUID()}.draft`)
      try {
        if ((await blobs.room()).freeBytes < leastFreeBytes) throw new NearcadeError('store-full')
        const arrived = await write(draft, kind, bytes)
        if ((await store.usage(orgId)) + arrived.size > maxOrgBytes)
          throw new NearcadeError('over-quota', [`pictures and trailers of more than ${maxOrgBytes} bytes`])
        await then(arrived)
      } finally {
        inside.splice(inside.indexOf(orgId), 1)
        await rm(draft, { force: true })
      }
    },
  }
}
