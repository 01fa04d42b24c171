import { NearcadeError } from '../../config/errors.ts'
import { maxTreeChars, packageChunkBytes } from '../../config/protocol/package.ts'
import { createFrameReader, frameHeadBytes } from '../../config/protocol/packageFrames.ts'
import type { NodeIdentity } from '../uplink/identity.ts'
import { signedRequests } from '../uplink/signedRequests.ts'
import { hashAside } from './wholeness.ts'

/** The router's end of packages (config/protocol/nodePackages.ts). */
export interface RemotePackages {
  /**
   * The tree's text as it came: whoever reads it sees whether it is the one.
   * @throws NearcadeError package-unusable for one that is longer than any may be; Refusal, Error
   */
  tree(treeId: string, signal: AbortSignal): Promise<Uint8Array<ArrayBuffer>>
  /**
   * Gives each chunk to `take` when its bytes have been found right; waits for it before the next one, and at the end.
   * @param wanted bytes by hash
   * @throws NearcadeError package-unusable for any other bytes than these; Refusal; Error when they broke off
   */
  chunks(
    treeId: string,
    wanted: ReadonlyMap<string, number>,
    take: (sha256: string, bytes: Uint8Array) => Promise<void>,
    signal: AbortSignal,
  ): Promise<void>
}

/** Without the next chunk for so long, a request is given up: a MiB takes that long at 140 kbit/s. */
const chunkMs = 60_000
/** Of UTF-8 for one UTF-16 unit. */
const maxBytesPerChar = 3

/** @param routerUrl `ws://` or `wss://`, as for the uplink */
export function remotePackages(
  routerUrl: string,
  node: Pick<NodeIdentity, 'publicKey' | 'sign'>,
): RemotePackages {
  const requests = signedRequests(routerUrl, node, 'packages', '/api/node/packages/')
  const spare = createSpares()
  const others = (): NearcadeError => refused('the router sent other bytes than those that were asked for')

  async function takeWhole(
    sha256: string,
    bytes: Uint8Array<ArrayBuffer>,
    take: (sha256: string, bytes: Uint8Array) => Promise<void>,
  ): Promise<void> {
    if ((await hashAside(bytes)) !== sha256) throw others()
    await take(sha256, bytes)
    spare.giveBack(bytes)
  }

  return {
    async tree(treeId, signal) {
      const patience = createPatience(signal)
      try {
        const response = await requests.stream('GET', treeId, null, patience.signal)
        const parts: Uint8Array[] = []
        let bytes = 0
        for await (const part of response as AsyncIterable<Buffer>) {
          bytes += part.length
          if (bytes > maxTreeChars * maxBytesPerChar) throw refused(`the tree is larger than any may be`)
          parts.push(part)
          patience.renew()
        }
        const text = new Uint8Array(bytes)
        let at = 0
        for (const part of parts) {
          text.set(part, at)
          at += part.length
        }
        return text
      } finally {
        patience.end()
      }
    },
    async chunks(treeId, wanted, take, signal) {
      const left = new Map(wanted)
      const body = new TextEncoder().encode(JSON.stringify({ treeId, hashes: [...wanted.keys()] }))
      const patience = createPatience(signal)
      let taking: Promise<void> = Promise.resolve()
      try {
        const response = await requests.stream('POST', 'chunks', body, patience.signal)
        const mostBytes = [...wanted.values()].reduce((sum, bytes) => sum + bytes + frameHeadBytes, 0)
        const frames = createFrameReader(mostBytes, spare.take)
        for await (const part of response as AsyncIterable<Buffer>) {
          for (const { sha256, bytes } of understood(() => frames.push(part))) {
            if (left.get(sha256) !== bytes.length) throw others()
            left.delete(sha256)
            // One is looked at and taken while the next one comes.
            await taking
            taking = takeWhole(sha256, bytes, take)
            taking.catch(() => {})
            patience.renew()
          }
        }
        await taking
        if (left.size > 0) throw new Error('the answer broke off')
      } finally {
        await taking.catch(() => {})
        // Also closes the connection where the rest of an answer was not read.
        patience.end()
      }
    },
  }
}

const refused = (why: string): NearcadeError => new NearcadeError('package-unusable', [why])

function understood<T>(read: () => T): T {
  try {
    return read()
  } catch (cause) {
    if (cause instanceof NearcadeError) throw refused(cause.details.join('; '))
    throw cause
  }
}

/** Whole chunks' memory, used again and again: to have it made and cleared takes as long as to hash what is in it. */
function createSpares() {
  const free: Uint8Array<ArrayBuffer>[] = []
  return {
    take: (length: number): Uint8Array<ArrayBuffer> =>
      (length === packageChunkBytes ? free.pop() : undefined) ?? new Uint8Array(length),
    giveBack(bytes: Uint8Array<ArrayBuffer>): void {
      if (bytes.length === packageChunkBytes && free.length < maxSpares) free.push(bytes)
    },
  }
}
const maxSpares = 8

/** Aborts with `outer`, at its end, or when it is not renewed in time. */
function createPatience(outer: AbortSignal) {
  const controller = new AbortController()
  const giveUp = (): void => controller.abort(new Error('the router did not answer in time'))
  let timer = setTimeout(giveUp, chunkMs)
  return {
    signal: AbortSignal.any([outer, controller.signal]),
    renew() {
      clearTimeout(timer)
      timer = setTimeout(giveUp, chunkMs)
    },
    end() {
      clearTimeout(timer)
      controller.abort()
    },
  }
}
