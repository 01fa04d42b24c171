import type { WireError } from '../../../config/errors.ts'
import {
  maxPackageEntries,
  packageChunkBytes,
  packageManifest,
  treeFault,
} from '../../../config/protocol/package.ts'
import type { TitleVersion } from '../../../config/protocol/publishing.ts'
import type { NewUpload, UploadView } from '../../../config/protocol/uploads.ts'
import { ApiError, wireErrorOf } from '../../ui/api.ts'
import { chunksOf, treeOf } from './content.ts'
import { hashFiles, type HashedFile, Unreadable } from './hashing.ts'
import { manifestFaults } from './manifestFaults.ts'
import { Rate } from './pace.ts'
import type { Picked } from './picked.ts'
import { Changed, sendMissing, type SendingTools, withPatience } from './sending.ts'
import type { UploadApi } from './uploadApi.ts'

/** What is wrong, in words for the publisher. */
export interface UploadFault {
  readonly what: string
  readonly next: string
  /** `display.fps: must be at most 120`, each the name of a field and what is wrong with it; or other particulars. */
  readonly details: readonly string[]
}

export type UploadState =
  | {
      readonly kind: 'hashing'
      readonly doneBytes: number
      readonly totalBytes: number
      readonly files: number
    }
  | {
      readonly kind: 'sending'
      readonly doneBytes: number
      readonly totalBytes: number
      /** Of them, what the network had before anything was sent. */
      readonly thereBytes: number
      /** Null while it is not known. */
      readonly bytesPerSecond: number | null
      readonly isPaused: boolean
      /** Why it does not go on at present. */
      readonly trouble: WireError | null
    }
  | { readonly kind: 'unpacking'; readonly unpackedBytes: number }
  | { readonly kind: 'publishing' }
  | { readonly kind: 'done'; readonly version: TitleVersion }
  | { readonly kind: 'failed'; readonly fault: UploadFault }
  | { readonly kind: 'stopped' }

export interface UploadTools {
  readonly api: UploadApi
  openWorker(): Worker
  now(): number
  random(): number
  wait(ms: number, signal: AbortSignal): Promise<void>
  /** From here on a reload can go on with it. */
  begun(uploadId: string): void
}

export interface Upload {
  /** Settles when it is done, failed or stopped. */
  readonly ended: Promise<void>
  pause(): void
  resume(): void
  /** Stops it; what has come is kept for some days. */
  stop(): void
}

const pollMs = 500

/** One build on its way from a folder or an archive to a version of a title. */
export function startUpload(
  picked: Picked,
  tools: UploadTools,
  onState: (state: UploadState) => void,
): Upload {
  const stopping = new AbortController()
  const { signal } = stopping
  let gate: { readonly opened: Promise<void>; open(): void } | null = null
  let tell = (): void => {}

  async function run(): Promise<void> {
    const early = await faultBefore(picked)
    if (early !== null) return onState({ kind: 'failed', fault: early })
    const files = picked.kind === 'archive' ? [picked.file] : picked.files.map(({ file }) => file)
    const hashed = await hash(files)
    const content = contentOf(picked, hashed)
    if (content.kind === 'tree') {
      const fault = treeFault(content.tree, { maxBytes: Number.MAX_SAFE_INTEGER })
      if (fault !== null) return onState({ kind: 'failed', fault: refused([fault]) })
    }
    onState(sendingState(0, 0, 0, null, false, null))
    const patience = { ...tools, trouble: () => {} }
    const begun = await withPatience(() => tools.api.begin(content), patience, signal)
    tools.begun(begun.uploadId)
    const sent = begun.state === 'receiving' ? await send(begun, files, hashed) : begun
    const whole = await finish(sent)
    if (whole.state === 'refused') {
      const error = whole.error === undefined ? null : wireErrorOf(whole.error)
      return onState({ kind: 'failed', fault: error === null ? refused([]) : faultOf(error) })
    }
    onState({ kind: 'publishing' })
    const version = await withPatience(() => tools.api.publish(whole.uploadId), patience, signal)
    onState({ kind: 'done', version })
  }

  function hash(files: readonly File[]): Promise<readonly HashedFile[]> {
    const totalBytes = files.reduce((sum, { size }) => sum + size, 0)
    let doneBytes = 0
    const say = (): void => onState({ kind: 'hashing', doneBytes, totalBytes, files: files.length })
    say()
    return hashFiles(
      tools.openWorker(),
      { files, blockBytes: packageChunkBytes },
      (bytes) => {
        doneBytes += bytes
        say()
      },
      signal,
    )
  }

  async function send(
    view: UploadView,
    files: readonly File[],
    hashed: readonly HashedFile[],
  ): Promise<UploadView> {
    const { totalBytes } = view
    const thereBytes = totalBytes - view.missingBytes
    const rate = new Rate()
    let doneBytes = thereBytes
    let trouble: WireError | null = null
    tell = () =>
      onState(sendingState(doneBytes, totalBytes, thereBytes, rate.at(tools.now()), gate !== null, trouble))
    tell()
    const sending: SendingTools = {
      ...tools,
      unpaused: async () => {
        if (gate === null) return
        await gate.opened
        rate.reset()
      },
      sent(bytes) {
        doneBytes = Math.min(totalBytes, doneBytes + bytes)
        rate.add(bytes, tools.now())
        tell()
      },
      trouble(error) {
        if (trouble?.code === error?.code) return
        trouble = error
        tell()
      },
    }
    const all = await sendMissing(view, chunksOf(files, hashed), sending, signal)
    tell = () => {}
    return all
  }

  async function finish(view: UploadView): Promise<UploadView> {
    const patience = { ...tools, trouble: () => {} }
    let now =
      view.state === 'receiving'
        ? await withPatience(() => tools.api.finish(view.uploadId), patience, signal)
        : view
    while (now.state === 'unpacking') {
      onState({ kind: 'unpacking', unpackedBytes: now.unpackedBytes ?? 0 })
      await tools.wait(pollMs, signal)
      now = await withPatience(() => tools.api.view(view.uploadId), patience, signal)
    }
    return now
  }

  const ended = run().catch((failure: unknown) => {
    if (signal.aborted) onState({ kind: 'stopped' })
    else onState({ kind: 'failed', fault: faultFrom(failure, picked) })
    stopping.abort()
  })
  return {
    ended,
    pause() {
      if (gate !== null) return
      let open = (): void => {}
      const opened = new Promise<void>((resolve) => {
        open = resolve
      })
      gate = { opened, open }
      tell()
    },
    resume() {
      gate?.open()
      gate = null
      tell()
    },
    stop() {
      stopping.abort()
      gate?.open()
    },
  }
}

const sendingState = (
  doneBytes: number,
  totalBytes: number,
  thereBytes: number,
  bytesPerSecond: number | null,
  isPaused: boolean,
  trouble: WireError | null,
): UploadState => ({ kind: 'sending', doneBytes, totalBytes, thereBytes, bytesPerSecond, isPaused, trouble })

/** What can be said before a long way is begun. */
async function faultBefore(picked: Picked): Promise<UploadFault | null> {
  if (picked.kind === 'archive') return null
  if (picked.files.length > maxPackageEntries)
    return refused([`${picked.files.length} files are more than ${maxPackageEntries}`])
  const manifest = picked.files.find(({ path }) => path === packageManifest)
  if (manifest === undefined)
    return {
      what: `There is no ${packageManifest} at the root of this folder.`,
      next: 'Put it beside the game’s own files, or drop the folder that has it.',
      details: [],
    }
  const faults = manifestFaults(await manifest.file.text(), new Set(picked.files.map(({ path }) => path)))
  return faults.length === 0
    ? null
    : {
        what: `${packageManifest} is not right yet.`,
        next: 'Correct these fields and drop the folder again.',
        details: faults,
      }
}

function contentOf(picked: Picked, hashed: readonly HashedFile[]): NewUpload {
  if (picked.kind === 'folder') return { kind: 'tree', tree: treeOf(picked.files, hashed) }
  const { name, file } = picked
  return { kind: 'archive', name, size: file.size, chunks: [...(hashed[0]?.chunks ?? [])] }
}

const refused = (details: readonly string[]): UploadFault => ({
  what: 'This build was refused as a whole, and nothing of it is kept.',
  next: 'Correct what is named here and drop it again.',
  details,
})

const faultOf = ({ what, next, details = [] }: WireError): UploadFault => ({
  what,
  next,
  // The sentence before names the file already: what stands out is the field.
  details: details.map((detail) => detail.replace(`${packageManifest}: `, '')),
})

function faultFrom(failure: unknown, picked: Picked): UploadFault {
  if (failure instanceof ApiError) return faultOf(failure.error)
  const again = 'Let nothing write to it, then drop it again: what has come already is not sent again.'
  if (failure instanceof Changed)
    return { what: 'The files changed while they were sent.', next: again, details: [] }
  if (failure instanceof Unreadable) {
    const path = picked.kind === 'folder' ? picked.files[failure.index]?.path : picked.name
    return { what: 'A file cannot be read.', next: again, details: path === undefined ? [] : [path] }
  }
  return {
    what: 'Something broke in this page.',
    next: 'Reload it and drop the same folder again.',
    details: [],
  }
}
