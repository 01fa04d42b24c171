import { NearcadeError, type WireError, wireError } from '../../config/errors.ts'
import type { NodeStatus, WantedPackage } from '../../config/protocol/nodeSocket.ts'
import type { NodeClock } from '../agent/nodeClock.ts'
import { Refusal } from '../uplink/signedRequests.ts'
import type { FileTree } from './fileTree.ts'
import { heal } from './heal.ts'
import { install } from './install.ts'
import { type InstalledPackage, openPackageStore, type PackageStore } from './packageStore.ts'
import type { RemotePackages } from './remote.ts'
import { retryMs } from './retry.ts'
import { startScrubbing } from './scrubbing.ts'
import { seatFault, type SeatShare } from './seatShare.ts'
import { createTreeReader } from './treeReader.ts'
import { touchedSince } from './wholeness.ts'

/** The packages of publishers' titles on this node: which ones it has, and how it gets those that the router wants it to have. */
export interface NodePackages extends AsyncDisposable {
  /** What to have, the most wanted first, in place of all before. Nothing is done until it is told for the first time. */
  want(packages: readonly WantedPackage[]): void
  /** Null: it is not here, or not whole. */
  find(titleId: string, version: string): InstalledPackage | null
  /** Of each title and version one. */
  readonly offered: readonly InstalledPackage[]
  /** Its files as a start of it reads them: absolute. */
  filesOf(treeId: string): Promise<Iterable<string>>
  /**
   * A session is about to play it. Looks at its files: one that was touched is fetched again, once nobody plays the version.
   * @returns what is wrong with it; null: nothing
   */
  use(treeId: string): Promise<string | null>
  /** A session is over: what it used may go. */
  released(): void
  status(): Pick<NodeStatus, 'installing' | 'installFaults'>
}

export interface NodePackagesOptions {
  readonly dataDir: string
  readonly remote: RemotePackages
  readonly maxBytes: number
  /** What a game may take here. */
  readonly seat: SeatShare
  /** Of the disk, left to others. */
  readonly keepFreeBytes: number
  /** Versions that a session plays, or is about to. Nothing of them is touched. */
  inUse(): ReadonlySet<string>
  /** Whether games run here: they get the machine, and packages what is left. */
  isBusy(): boolean
  /** What the node offers has changed. */
  onChange(): void
  readonly clock: NodeClock
  readonly random: () => number
  readonly log: { info(fields: object, text: string): void; warn(fields: object, text: string): void }
}

/** Requests at once. */
const lanes = { idle: 4, busy: 1 }
/** Told to the router. */
const maxFaults = 64

/** @throws Error where the folder cannot be used */
export async function openNodePackages(options: NodePackagesOptions): Promise<NodePackages> {
  const { log, clock, inUse, onChange } = options
  const reader = createTreeReader()
  const store: PackageStore = await openPackageStore(options.dataDir, reader).catch(
    async (cause: unknown) => {
      await reader[Symbol.asyncDispose]()
      throw cause
    },
  )
  let wanted: readonly WantedPackage[] = []
  let faults = new Map<string, WireError>()
  /** Versions that are not right: not offered, and made anew when nobody plays them. */
  const suspects = new Set<string>(store.doubtful)
  let now: { readonly want: WantedPackage; doneBytes: number; totalBytes: number } | null = null
  let round = new AbortController()
  let running: Promise<void> | null = null
  let again = false
  let failures = 0
  let cancelRetry: (() => void) | null = null
  let closed = false

  const isHere = (treeId: string): boolean => store.installed.has(treeId) && !suspects.has(treeId)
  const firstMissing = (list: readonly WantedPackage[]): string | undefined =>
    list.find(({ treeId }) => !isHere(treeId))?.treeId

  function find(titleId: string, version: string): InstalledPackage | null {
    const asked = wanted.find((one) => one.titleId === titleId && one.version === version)
    const found = [...store.installed.values()]
      .filter(({ manifest }) => manifest.id === titleId && manifest.version === version)
      .find(({ treeId }) => asked === undefined || asked.treeId === treeId)
    return found === undefined || suspects.has(found.treeId) || tooLarge(found) !== null ? null : found
  }

  /** Seats may have become smaller since it was installed: there are more of them. */
  const tooLarge = ({ manifest }: InstalledPackage): WireError | null => {
    const fault = seatFault(manifest, options.seat)
    return fault === null ? null : wireError('seat-too-small', [fault])
  }

  function suspect(treeIds: readonly string[]): void {
    for (const treeId of treeIds) suspects.add(treeId)
    if (treeIds.length > 0) onChange()
  }

  async function installOne(want: WantedPackage, { signal }: AbortController): Promise<void> {
    const own = { want, doneBytes: 0, totalBytes: want.sizeBytes }
    now = own
    const startedMs = clock.monotonicMs()
    try {
      const { manifest, tree, ...bytes } = await install(
        want,
        {
          ...options,
          store,
          reader,
          lanes: () => (options.isBusy() ? lanes.busy : lanes.idle),
          wanted: () => wanted.map(({ treeId }) => treeId),
          onDropped(treeIds) {
            if (treeIds.length === 0) return
            log.info({ treeIds }, 'versions went to make room')
            onChange()
          },
          onDamaged(treeIds) {
            if (treeIds.length > 0) again = true
            suspect(treeIds)
          },
          onProgress(doneBytes, totalBytes) {
            own.doneBytes = doneBytes
            own.totalBytes = totalBytes
          },
        },
        signal,
      )
      const { titleId, version, treeId } = want
      const ms = Math.round(clock.monotonicMs() - startedMs)
      log.info({ titleId, version, treeId, ...bytes, ms }, 'a version is installed')
      faults.delete(treeId)
      store.add(treeId, manifest, tree, clock.wallMs())
    } finally {
      now = null
      onChange()
    }
    await store.settle(want.treeId)
  }

  async function runRound(own: AbortController): Promise<void> {
    const { signal } = own
    for (const treeId of suspects) {
      if (signal.aborted) return
      if (inUse().has(treeId)) continue
      const others = await heal(store, treeId, signal)
      suspects.delete(treeId)
      suspect(others)
      onChange()
    }
    const list = wanted
    for (const want of list) {
      if (signal.aborted || list !== wanted) return
      if (isHere(want.treeId) || suspects.has(want.treeId)) continue
      try {
        await installOne(want, own)
      } catch (cause) {
        if (signal.aborted) return
        const { titleId, version, treeId } = want
        log.warn({ titleId, version, treeId, err: cause }, 'a version could not be installed')
        faults.set(treeId, faultOf(cause))
        onChange()
      }
    }
  }

  function kick(): void {
    cancelRetry?.()
    cancelRetry = null
    if (closed) return
    if (running !== null) {
      again = true
      return
    }
    again = false
    round = new AbortController()
    running = runRound(round)
      .catch((cause: unknown) => log.warn({ err: cause }, 'packages'))
      .finally(() => {
        running = null
        if (closed) return
        if (again) return kick()
        if (faults.size === 0) failures = 0
        else {
          cancelRetry = clock.after(retryMs(failures, options.random()), kick)
          failures += 1
        }
      })
  }

  const doubtLater = async (treeId: string): Promise<void> => {
    suspect([treeId])
    await store.doubt(treeId)
    kick()
  }
  const scrubbing = startScrubbing({
    store,
    clock,
    isBusy: () => options.isBusy() || running !== null,
    onDamaged(treeId) {
      log.warn({ treeId }, 'a version has files whose bytes are wrong: it is made anew')
      doubtLater(treeId).catch((cause: unknown) => log.warn({ err: cause }, 'packages'))
    },
  })

  return {
    want(packages) {
      const isSame =
        packages.length === wanted.length && packages.every(({ treeId }, at) => wanted[at]?.treeId === treeId)
      if (isSame) return
      wanted = packages
      faults = new Map([...faults].filter(([treeId]) => packages.some((one) => one.treeId === treeId)))
      failures = 0
      if (now !== null && firstMissing(packages) !== now.want.treeId) round.abort()
      kick()
    },
    find,
    get offered() {
      return [...store.installed.values()].filter(
        ({ treeId, manifest }) => find(manifest.id, manifest.version)?.treeId === treeId,
      )
    },
    async filesOf(treeId) {
      const tree = await store.treeOf(treeId)
      return tree === null ? [] : pathsOf(store, tree)
    },
    async use(treeId) {
      const known = store.installed.get(treeId)
      const tree = await store.treeOf(treeId)
      const touched =
        known === undefined
          ? 'it is gone'
          : tree === null
            ? 'its list of files'
            : await touchedSince(known.folder, tree)
      if (touched === null) {
        store.use(treeId, clock.wallMs())
        return null
      }
      log.warn({ treeId, path: touched }, 'a version was changed on this disk: it is made anew')
      await doubtLater(treeId)
      return `${touched} is not as it was installed`
    },
    released() {
      if (suspects.size > 0 || faults.size > 0) kick()
    },
    status() {
      const failed = wanted.flatMap(({ titleId, version, treeId }) => {
        const installed = store.installed.get(treeId)
        const error = faults.get(treeId) ?? (installed === undefined ? undefined : tooLarge(installed))
        return error == null ? [] : [{ titleId, version, error: toShape(error) }]
      })
      const { want, doneBytes = 0, totalBytes = 0 } = now ?? {}
      return {
        installing:
          want === undefined ? [] : [{ titleId: want.titleId, version: want.version, doneBytes, totalBytes }],
        installFaults: failed.slice(0, maxFaults),
      }
    },
    async [Symbol.asyncDispose]() {
      closed = true
      cancelRetry?.()
      round.abort()
      await scrubbing.stop()
      await running
      await reader[Symbol.asyncDispose]()
    },
  }
}

function* pathsOf({ layout }: PackageStore, tree: FileTree): Iterable<string> {
  for (const { key } of tree.stored()) yield layout.file(key)
}

const diskFaults: ReadonlySet<string> = new Set([
  'EACCES',
  'EEXIST',
  'EIO',
  'EISDIR',
  'EMFILE',
  'ENFILE',
  'ENOENT',
  'ENOTDIR',
  'ENOTEMPTY',
  'EPERM',
  'EROFS',
])
/** What a status may say about it. */
const maxDetailChars = 300

function faultOf(cause: unknown): WireError {
  const told = (details: readonly string[]): readonly string[] =>
    details.map((detail) => detail.slice(0, maxDetailChars)).slice(0, 4)
  if (cause instanceof NearcadeError) return wireError(cause.code, told(cause.details))
  if (cause instanceof Refusal)
    return wireError(
      cause.code === 'package-not-found' ? cause.code : 'router-unreachable',
      told([cause.message]),
    )
  const code = cause instanceof Error ? (cause as NodeJS.ErrnoException).code : undefined
  if (code === 'ENOSPC' || code === 'EDQUOT') return wireError('node-full')
  const said = cause instanceof Error ? cause.message : String(cause)
  return wireError(diskFaults.has(code ?? '') ? 'internal' : 'router-unreachable', told([said]))
}

const toShape = ({ details, ...rest }: WireError) =>
  details === undefined ? rest : { ...rest, details: [...details] }
