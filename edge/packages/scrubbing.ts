import type { NodeClock } from '../agent/nodeClock.ts'
import type { FileTree } from './fileTree.ts'
import type { PackageStore } from './packageStore.ts'

/** Reads installed versions through, one after the other, so that what rots on the disk is found before a player meets it. */
export interface Scrubbing {
  /** Settles when nothing is read any more. */
  stop(): Promise<void>
}

export interface ScrubbingOptions {
  readonly store: Pick<PackageStore, 'installed' | 'treeOf' | 'damagedFiles'>
  readonly clock: NodeClock
  /** Whether games run here, or packages come: then nothing is read. */
  isBusy(): boolean
  /** A version has files whose bytes are wrong. */
  onDamaged(treeId: string): void
}

/** From one version to the next: a node with fifty of them has read each once a week. */
const everyMs = 3 * 3_600_000

export function startScrubbing({ store, clock, isBusy, onDamaged }: ScrubbingOptions): Scrubbing {
  const stopping = new AbortController()
  const readAtMs = new Map<string, number>()
  let reading: Promise<void> = Promise.resolve()
  let cancel = clock.after(everyMs, next)

  function next(): void {
    reading = readOne()
      .catch(() => {})
      .finally(() => {
        if (!stopping.signal.aborted) cancel = clock.after(everyMs, next)
      })
  }

  async function readOne(): Promise<void> {
    for (const treeId of readAtMs.keys()) if (!store.installed.has(treeId)) readAtMs.delete(treeId)
    const [treeId] = [...store.installed.keys()].toSorted(
      (a, b) => (readAtMs.get(a) ?? 0) - (readAtMs.get(b) ?? 0),
    )
    const tree = treeId === undefined ? null : await store.treeOf(treeId)
    if (treeId === undefined || tree === null) return
    let isWhole = true
    function* whileIdle(files: ReturnType<FileTree['stored']>) {
      for (const file of files) {
        isWhole = !isBusy()
        if (!isWhole) return
        yield file
      }
    }
    const damaged = await store.damagedFiles(whileIdle(tree.stored()), stopping.signal)
    if (damaged.length > 0) onDamaged(treeId)
    if (isWhole) readAtMs.set(treeId, clock.wallMs())
  }

  return {
    async stop() {
      stopping.abort()
      cancel()
      await reading
    },
  }
}
