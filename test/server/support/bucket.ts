import S3rver from 's3rver'
import type { BucketSettings } from '../../../server/blobs/s3.ts'
import { tempFolder } from './tempFolder.ts'

/** A real S3 server on loopback with an empty bucket. It knows one key: `S3RVER` with the secret `S3RVER`. */
export async function startBucket(): Promise<{ settings: BucketSettings; close(): Promise<void> }> {
  const folder = await tempFolder()
  const s3 = new S3rver({
    directory: folder.path,
    address: '127.0.0.1',
    port: 0,
    silent: true,
    configureBuckets: [{ name: 'nearcade', configs: [] }],
  })
  const { port } = await s3.run()
  return {
    settings: {
      endpoint: `http://127.0.0.1:${port}`,
      region: 'us-east-1',
      accessKeyId: 'S3RVER',
      secretAccessKey: 'S3RVER',
      bucket: 'nearcade',
      prefix: '',
    },
    async close() {
      await s3.close()
      await folder.remove()
    },
  }
}
