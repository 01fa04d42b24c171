import { createHash } from 'node:crypto'
import { expect } from 'chai'
import { packageChunkBytes, treeFault } from '../../../config/protocol/package.ts'
import { createFrameReader, maxFrameBodyBytes } from '../../../config/protocol/packageFrames.ts'
import type { UploadView } from '../../../config/protocol/uploads.ts'
import { wireError } from '../../../config/errors.ts'
import { chunksOf, treeOf } from '../../../client/publisher/upload/content.ts'
import { type HashedFile, isProgram } from '../../../client/publisher/upload/hashing.ts'
import { manifestFaults } from '../../../client/publisher/upload/manifestFaults.ts'
import { nextBatchBytes, Rate } from '../../../client/publisher/upload/pace.ts'
import { Changed, sendMissing, type SendingTools } from '../../../client/publisher/upload/sending.ts'
import { ApiError } from '../../../client/ui/api.ts'
import { titleJson } from '../../server/support/titles.ts'

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

/** Files of these sizes, each with bytes of its own. */
async function build(sizes: readonly number[]) {
  const files = sizes.map((size, index) => new File([new Uint8Array(size).fill(index + 1)], `f${index}`))
  const hashed: HashedFile[] = []
  for (const file of files) {
    const chunks: string[] = []
    for (let from = 0; from < file.size; from += packageChunkBytes)
      chunks.push(sha256(new Uint8Array(await file.slice(from, from + packageChunkBytes).arrayBuffer())))
    hashed.push({ chunks, executable: false })
  }
  const chunks = chunksOf(files, hashed)
  return { files, hashed, chunks, hashes: [...chunks.keys()] }
}

/** A router that keeps what comes, and is asked as `call` asks. */
function router(wanted: readonly string[], answer: (sends: number) => void = () => {}) {
  const got = new Map<string, number>()
  let sends = 0
  const view = (): UploadView => {
    const missing = wanted.filter((hash) => !got.has(hash))
    return {
      uploadId: 'u',
      state: 'receiving',
      missing: missing.slice(0, 5),
      missingBytes: missing.length,
      totalBytes: wanted.length,
    }
  }
  return {
    got,
    view,
    sends: () => sends,
    api: {
      view: async () => view(),
      async send(_uploadId: string, body: Blob) {
        answer((sends += 1))
        const reader = createFrameReader()
        for (const frame of reader.push(new Uint8Array(await body.arrayBuffer()))) {
          expect(sha256(frame.bytes)).to.equal(frame.sha256)
          got.set(frame.sha256, (got.get(frame.sha256) ?? 0) + 1)
        }
        reader.end()
        return 0
      },
    },
  }
}

const toolsOver = (api: SendingTools['api'], more: Partial<SendingTools> = {}): SendingTools => ({
  api,
  now: () => 0,
  random: () => 0.5,
  wait: async () => {},
  unpaused: async () => {},
  sent: () => {},
  trouble: () => {},
  ...more,
})
const never = new AbortController().signal

describe('a build on its way from a browser', () => {
  it('is sent in frames that the router reads, each content once, though it is told of only some at a time', async () => {
    const { chunks, hashes } = await build([10, packageChunkBytes * 2 + 5, 0, 70_000, 3, 4, 5, 6])
    const { api, got, view } = router(hashes)
    let bytes = 0
    const tools = toolsOver(api, {
      sent: (more) => {
        bytes += more
      },
    })
    const last = await sendMissing(view(), chunks, tools, never)
    expect(last.missing).to.deep.equal([])
    expect([...got.values()]).to.deep.equal(hashes.map(() => 1))
    expect(bytes).to.equal(10 + packageChunkBytes + 5 + 70_000 + 3 + 4 + 5 + 6)
  })

  it('goes on when the router was away for a while, and says so meanwhile', async () => {
    const { chunks, hashes } = await build([10, 20])
    const troubles: (string | null)[] = []
    const { api, view } = router(hashes, (sends) => {
      if (sends <= 3) throw new ApiError(wireError('router-unreachable'))
    })
    const tools = toolsOver(api, { trouble: (error) => troubles.push(error?.code ?? null) })
    expect((await sendMissing(view(), chunks, tools, never)).missing).to.deep.equal([])
    expect(troubles.slice(0, 4)).to.deep.equal([...Array(3).fill('router-unreachable'), null])
  })

  for (const code of ['upload-not-found', 'not-allowed'] as const)
    it(`stops at ${code}, which no other try mends`, async () => {
      const { chunks, hashes } = await build([10])
      const { api, view, sends } = router(hashes, () => {
        throw new ApiError(wireError(code))
      })
      const failure = await sendMissing(view(), chunks, toolsOver(api), never).catch(
        (cause: unknown) => cause,
      )
      expect((failure as ApiError).error.code).to.equal(code)
      expect(sends()).to.equal(1)
    })

  it('says that the files changed where the bytes are not those that were announced', async () => {
    const { chunks, hashes } = await build([10])
    const { api, view } = router(hashes, () => {
      throw new ApiError(wireError('wrong-content'))
    })
    const failure = await sendMissing(view(), chunks, toolsOver(api), never).catch((cause: unknown) => cause)
    expect(failure).to.be.instanceOf(Changed)
  })

  it('sends nothing while it is paused, and nothing any more once it is stopped', async () => {
    const { chunks, hashes } = await build([10, 20])
    const { api, view, sends } = router(hashes)
    let open = (): void => {}
    const opened = new Promise<void>((resolve) => {
      open = resolve
    })
    const stopping = new AbortController()
    const over = sendMissing(view(), chunks, toolsOver(api, { unpaused: () => opened }), stopping.signal)
    stopping.abort(new Error('stopped'))
    open()
    expect(await over.catch((cause: unknown) => String(cause))).to.equal('Error: stopped')
    expect(sends()).to.equal(0)
  })

  it('becomes a package tree in the order that the router asks for', async () => {
    const { files, hashed } = await build([1, 2, 3])
    const names = ['b/x', 'nearcade.title.json', 'B']
    const tree = treeOf(
      files.map((file, index) => ({ path: names[index] ?? '', file })),
      hashed,
    )
    expect(tree.files.map(({ path }) => path)).to.deep.equal(['B', 'b/x', 'nearcade.title.json'])
    expect(treeFault(tree, { maxBytes: 10 })).to.match(/differ in case/)
  })
})

describe('the pace of an upload', () => {
  it('has bodies take about two seconds, within what the router takes', () => {
    let bytes = 1024 * 1024
    for (let n = 0; n < 20; n += 1) bytes = nextBatchBytes(bytes, (bytes / 4_000_000) * 1000)
    expect(bytes).to.be.closeTo(8_000_000, 10_000)
    expect(nextBatchBytes(16 * 1024 * 1024, 1)).to.be.below(maxFrameBodyBytes)
    expect(nextBatchBytes(300_000, 60_000)).to.equal(256 * 1024)
  })

  it('knows its rate after two seconds, of the last ten alone', () => {
    const rate = new Rate()
    rate.add(9_000_000, 0)
    expect(rate.at(1_000)).to.equal(null)
    for (let atMs = 1_000; atMs <= 20_000; atMs += 1_000) rate.add(500, atMs)
    expect(rate.at(20_000)).to.equal(500)
    rate.reset()
    expect(rate.at(20_000)).to.equal(null)
  })
})

describe('what a build is told before it is sent', () => {
  it('names each faulty field of its manifest, and files that it names and has not', () => {
    expect(manifestFaults('{', new Set())[0]).to.match(/^is not JSON/)
    expect(manifestFaults('{}', new Set()).join('\n')).to.match(/^id: is missing/m)
    const manifest = JSON.stringify({ ...titleJson('square'), runtime: { kind: 'html5', page: 'go.html' } })
    expect(manifestFaults(manifest, new Set(['cover.png', 'go.html']))).to.deep.equal([])
    expect(manifestFaults(manifest, new Set())).to.deep.equal([
      'cover: cover.png is not there',
      'runtime.page: go.html is not there',
    ])
  })

  it('is executable where it begins as a program does', () => {
    expect(isProgram(new TextEncoder().encode('#!/bin/sh'))).to.equal(true)
    expect(isProgram(new Uint8Array([0x7f, 0x45, 0x4c, 0x46]))).to.equal(true)
    expect(isProgram(new TextEncoder().encode('MZ'))).to.equal(false)
  })
})
