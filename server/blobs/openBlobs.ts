import path from 'node:path'
import type { BlobStore } from './blobStore.ts'
import { openBlobFolder } from './folder.ts'
import { type BucketSettings, openBucket } from './s3.ts'

/** One store for each kind of blob: a folder of that name, or keys that begin with it. @param bucket null: folders under `dataDir` */
export const openBlobs =
  (bucket: BucketSettings | null, dataDir: string) =>
  async (kind: 'saves' | 'packages' | 'media'): Promise<BlobStore> =>
    bucket === null
      ? openBlobFolder(path.join(dataDir, kind))
      : openBucket({ ...bucket, prefix: `${bucket.prefix}${kind}/` })
