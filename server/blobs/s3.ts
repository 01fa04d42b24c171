import { createHash } from 'node:crypto'
import { AwsClient } from 'aws4fetch'
import { NearcadeError } from '../../config/errors.ts'
import type { BlobStore } from './blobStore.ts'

/** Where blobs are kept by whatever speaks the S3 protocol. */
export interface BucketSettings {
  /** Without a slash at its end, such as `https://s3.example:9000`. */
  readonly endpoint: string
  readonly region: string
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly bucket: string
  /** What keys begin with: empty, or with a slash at its end. */
  readonly prefix: string
}

/** Of one request, so that a bucket that hangs is known as one. */
const timeoutMs = 60_000
const tries = 4

/** One object a blob, addressed by path: `<prefix>ab/abcdef…`. Blobs are small, so that each goes in one piece. */
export function openBucket(settings: BucketSettings): BlobStore {
  const { endpoint, bucket, prefix, region, accessKeyId, secretAccessKey } = settings
  const client = new AwsClient({
    accessKeyId,
    secretAccessKey,
    region,
    service: 's3',
    retries: tries - 1,
    initRetryMs: 100,
  })
  const root = `${endpoint}/${bucket}`
  const urlOf = (sha256: string): string => `${root}/${prefix}${sha256.slice(0, 2)}/${sha256}`

  async function ask(url: string, init: RequestInit, what: string): Promise<Response> {
    const answer = await client.fetch(url, { ...init, signal: AbortSignal.timeout(timeoutMs) })
    if (answer.ok || answer.status === 404) return answer
    const why = (await answer.text()).slice(0, 300)
    if (answer.status === 507) throw new NearcadeError('store-full', [], new Error(why))
    throw new Error(`the bucket answered ${what} with ${answer.status}: ${why}`)
  }

  return {
    async put(sha256, bytes, maxBytes) {
      const body = await wholeOf(bytes, maxBytes)
      if (createHash('sha256').update(body).digest('hex') !== sha256)
        throw new NearcadeError('wrong-content', ['the bytes have another hash'])
      // The hash is signed, so that what arrived otherwise is refused there.
      const headers = { 'x-amz-content-sha256': sha256, 'content-type': 'application/octet-stream' }
      const answer = await ask(urlOf(sha256), { method: 'PUT', headers, body }, 'a PUT')
      await answer.arrayBuffer()
      if (!answer.ok) throw new Error(`the bucket ${bucket} is not there`)
    },
    async get(sha256, range) {
      const headers = range === undefined ? {} : { range: `bytes=${range.start}-${range.end}` }
      const answer = await ask(urlOf(sha256), { headers }, 'a GET')
      if (!answer.ok || answer.body === null) {
        await answer.arrayBuffer()
        return answer.ok ? { size: 0, bytes: nothing() } : null
      }
      // RFC 9110, section 14.4: `bytes 0-99/1234`.
      const whole = /\/(\d+)$/.exec(answer.headers.get('content-range') ?? '')?.[1]
      if (range !== undefined && whole === undefined) throw new Error('the bucket does not know ranges')
      return { size: Number(whole ?? answer.headers.get('content-length')), bytes: answer.body }
    },
    async has(sha256) {
      return (await ask(urlOf(sha256), { method: 'HEAD' }, 'a HEAD')).ok
    },
    async delete(sha256) {
      await (await ask(urlOf(sha256), { method: 'DELETE' }, 'a DELETE')).arrayBuffer()
    },
    async *putBefore(atMs) {
      // The first version of listing: every server knows it, and its pages go on from a key, which needs no state anywhere.
      for (let marker: string | null = ''; marker !== null; ) {
        const query = new URLSearchParams({ prefix, marker })
        const answer = await ask(`${root}?${query}`, {}, 'a list')
        const text = await answer.text()
        if (!answer.ok) throw new Error(`the bucket ${bucket} is not there`)
        let last: string | null = null
        for (const { key, lastModifiedMs } of objectsIn(text)) {
          last = key
          const name = key.slice(prefix.length).replace(/^[0-9a-f]{2}\//, '')
          if (/^[0-9a-f]{64}$/.test(name) && lastModifiedMs < atMs) yield name
        }
        marker = textOf(text, 'IsTruncated') === 'true' ? last : null
      }
    },
    room: async () => ({ freeBytes: Infinity, totalBytes: 0, freeFiles: Infinity, totalFiles: 0 }),
  }
}

async function* nothing(): AsyncIterable<Uint8Array> {}

async function wholeOf(
  bytes: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  maxBytes: number,
): Promise<Buffer<ArrayBuffer>> {
  const parts: Uint8Array[] = []
  let size = 0
  for await (const part of bytes) {
    size += part.length
    if (size > maxBytes) throw new NearcadeError('message-too-large', [`more than ${maxBytes} bytes`])
    parts.push(part)
  }
  return Buffer.concat(parts)
}

/** A list is flat XML, and our keys have nothing in them that XML would write otherwise. */
function* objectsIn(xml: string): Iterable<{ readonly key: string; readonly lastModifiedMs: number }> {
  for (const [, contents = ''] of xml.matchAll(/<Contents>(.*?)<\/Contents>/gs)) {
    const [key, modified] = [textOf(contents, 'Key'), textOf(contents, 'LastModified')]
    if (key !== null && modified !== null) yield { key, lastModifiedMs: Date.parse(modified) }
  }
}

function textOf(xml: string, name: string): string | null {
  const text = new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1]
  return text === undefined || text === '' ? null : text
}
