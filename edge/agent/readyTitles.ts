import { open, opendir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { librariesOf } from '../titles/libraries.ts'

/**
 * Titles whose files stand in memory, so that their next start waits for no disk. Nothing is locked there: what the system needs the
 * memory for goes, and is read again after a while.
 */
export interface ReadyTitles extends AsyncDisposable {
  /** Which titles, the most wanted first, in place of all others. Those that are unknown here are left out. */
  keep(titleIds: readonly string[]): void
  /** Other titles are here than before. */
  lookAgain(): void
  /** Those whose files have been read. */
  readonly ready: readonly string[]
}

export interface TitleReads {
  /** Files and folders; of programs among them, their libraries too. */
  readonly host: readonly string[]
  /** Of a publisher's package: files alone. Nothing is asked of a program among them: it may answer by running. */
  readonly packed: Iterable<string>
}

export interface ReadyTitlesOptions {
  /** Tells what a start of the title reads; null: it is not here. */
  reads(titleId: string): (() => Promise<TitleReads>) | null
  /** What all titles together may take. One that does not fit is left out. */
  readonly maxBytes: number
  /** Another title is ready, or one is not any more. */
  onChange(): void
  readonly everyMs?: number
}

/** The system drops first what was read once and long ago. */
const defaultEveryMs = 10 * 60_000
const chunkBytes = 1024 * 1024

export function keepReadyTitles({
  reads,
  maxBytes,
  onChange,
  everyMs = defaultEveryMs,
}: ReadyTitlesOptions): ReadyTitles {
  let asked: readonly string[] = []
  let wanted: readonly string[] = []
  let ready: readonly string[] = []
  let round = new AbortController()
  let reading: Promise<void> = Promise.resolve()
  let timer: NodeJS.Timeout | null = null
  let closed = false

  const setReady = (next: readonly string[]): void => {
    if (next.join() === ready.join()) return
    ready = next
    onChange()
  }

  async function readAll({ signal }: AbortController): Promise<void> {
    let leftBytes = maxBytes
    for (const titleId of wanted) {
      const files = await filesUnder((await reads(titleId)?.()) ?? { host: [], packed: [] })
      const bytes = [...files.values()].reduce((sum, size) => sum + size, 0)
      if (signal.aborted) return
      if (bytes > leftBytes) {
        setReady(ready.filter((other) => other !== titleId))
        continue
      }
      leftBytes -= bytes
      for (const path of files.keys()) if (!signal.aborted) await read(path, signal)
      if (signal.aborted) return
      setReady(wanted.filter((other) => other === titleId || ready.includes(other)))
    }
  }

  function begin(): void {
    if (timer !== null) clearTimeout(timer)
    round.abort()
    round = new AbortController()
    const own = round
    // A folder that vanished meanwhile is looked for again next time.
    reading = reading.then(() => readAll(own)).catch(() => {})
    timer = setTimeout(begin, everyMs)
  }

  function keep(titleIds: readonly string[]): void {
    const known = titleIds.filter((titleId) => reads(titleId) !== null)
    asked = titleIds
    if (closed || known.join() === wanted.join()) return
    wanted = known
    setReady(ready.filter((titleId) => wanted.includes(titleId)))
    begin()
  }

  return {
    keep,
    lookAgain: () => keep(asked),
    get ready() {
      return ready
    },
    async [Symbol.asyncDispose]() {
      closed = true
      if (timer !== null) clearTimeout(timer)
      round.abort()
      await reading
    },
  }
}

/** Bytes by path. What cannot be read is of no use to a start either. */
async function filesUnder({ host, packed }: TitleReads): Promise<ReadonlyMap<string, number>> {
  const files = new Map<string, number>()
  const add = async (path: string): Promise<void> => {
    const found = await stat(path).catch(() => null)
    if (found?.isFile() === true) files.set(path, found.size)
  }
  const libraries = (await Promise.all(host.map(librariesOf))).flat()
  for (const path of packed) await add(path)
  for (const path of [...host, ...libraries]) {
    await add(path)
    const folder = files.has(path) ? null : await opendir(path, { recursive: true }).catch(() => null)
    if (folder === null) continue
    for await (const entry of folder) if (entry.isFile()) await add(join(entry.parentPath, entry.name))
  }
  return files
}

/** One chunk after the other: a game that runs meanwhile gets its turn at the disk. */
async function read(path: string, signal: AbortSignal): Promise<void> {
  const file = await open(path).catch(() => null)
  if (file === null) return
  try {
    const chunk = Buffer.alloc(chunkBytes)
    while (!signal.aborted && (await file.read(chunk, 0, chunkBytes, null)).bytesRead > 0);
  } catch {
    // A file that has gone bad keeps no others from being read.
  } finally {
    await file.close()
  }
}
