import { unitHash } from '../hash.ts'
import type { Site } from '../site.ts'
import { guessedMs, type MeshTable } from './meshTable.ts'
import type { Mesh } from './types.ts'

/** Tables of the mesh, of sites that come and go: what was filled once goes from one table to the next. */
export interface MeshRows {
  /** The table of these sites, as good as a new one but for measurements of the last minute. */
  table(sites: readonly Site[], nowMs: number): MeshTable
}

/** The mesh changes slowly. Rows are read anew between half of this and all of it, so that those filled together are not all due together. */
const readEveryMs = 60_000
/** Rows that nobody has asked for are not taken along to the next table. */
const unusedMs = 10 * 60_000

interface Row {
  readonly ms: Float32Array
  /** Ids of those that were measured; the rest is guessed. */
  measured: readonly string[]
  dueMs: number
  usedMs: number
}

interface State {
  readonly sites: readonly Site[]
  readonly indices: ReadonlyMap<string, number>
  /** By index of their sites. */
  readonly rows: (Row | undefined)[]
  readonly table: MeshTable
  /** One time for all rows that one decision reads. */
  nowMs: number
}

export function createMeshRows(mesh: Pick<Mesh, 'rttMs' | 'each'>): MeshRows {
  let state = open([], [], 0)

  function open(sites: readonly Site[], rows: (Row | undefined)[], nowMs: number): State {
    const indices = new Map(sites.map(({ id }, index) => [id, index]))
    const table: MeshTable = {
      sites,
      indexOf: (siteId) => indices.get(siteId),
      row: (site) => rowOf(opened, site),
    }
    const opened: State = { sites, indices, rows, table, nowMs }
    return opened
  }

  function rowOf(of: State, index: number): Float32Array {
    const { sites, rows, nowMs } = of
    const site = sites[index]
    if (site === undefined) return new Float32Array(sites.length)
    const row = rows[index] ?? guessed(sites, site)
    rows[index] = row
    row.usedMs = nowMs
    if (nowMs >= row.dueMs) read(of, site, row)
    return row.ms
  }

  function read({ sites, indices, nowMs }: State, site: Site, row: Row): void {
    const measured = new Set<string>()
    mesh.each(site.id, (other, rttMs) => {
      const at = indices.get(other)
      if (at === undefined) return
      row.ms[at] = rttMs
      measured.add(other)
    })
    for (const other of row.measured) {
      const at = indices.get(other) ?? -1
      const gone = sites[at]
      if (gone !== undefined && !measured.has(other)) row.ms[at] = guessedMs(site, gone)
    }
    row.measured = [...measured]
    row.dueMs = nowMs + readEveryMs * (0.5 + unitHash(site.id) / 2)
  }

  /** The row among other sites: only what is new there is looked up. */
  function moved(row: Row, site: Site, sites: readonly Site[], { runs, fresh }: Moves): Row {
    const ms = new Float32Array(sites.length)
    for (const { from, to, at } of runs) ms.set(row.ms.subarray(from, to), at)
    const measured = [...row.measured]
    for (const at of fresh) {
      const other = sites[at]
      if (other === undefined) continue
      const rttMs = mesh.rttMs(site.id, other.id)
      if (rttMs !== null) measured.push(other.id)
      ms[at] = rttMs ?? guessedMs(site, other)
    }
    return { ...row, ms, measured }
  }

  function take({ sites: old, indices, rows }: State, sites: readonly Site[], nowMs: number): State {
    const before = sites.map((site) => {
      const at = indices.get(site.id) ?? -1
      return isSame(old[at], site) ? at : -1
    })
    const moves = movesOf(before)
    const taken = sites.map((site, index) => {
      const row = rows[before[index] ?? -1]
      return row === undefined || nowMs - row.usedMs > unusedMs ? undefined : moved(row, site, sites, moves)
    })
    return open(sites, taken, nowMs)
  }

  return {
    table(sites, nowMs) {
      if (sites !== state.sites) state = take(state, sites, nowMs)
      state.nowMs = nowMs
      return state.table
    },
  }
}

/** Where figures of the table before stand now, and the places of those that it did not have. */
interface Moves {
  readonly runs: readonly { readonly from: number; to: number; readonly at: number }[]
  readonly fresh: readonly number[]
}

/** @param before by index now; -1 for those that are new */
function movesOf(before: readonly number[]): Moves {
  const runs: { from: number; to: number; at: number }[] = []
  const fresh: number[] = []
  for (const [at, from] of before.entries()) {
    const run = runs.at(-1)
    if (from < 0) fresh.push(at)
    else if (run !== undefined && run.to === from && run.at + run.to - run.from === at) run.to += 1
    else runs.push({ from, to: from + 1, at })
  }
  return { runs, fresh }
}

function guessed(sites: readonly Site[], site: Site): Row {
  const ms = new Float32Array(sites.length)
  for (const [index, other] of sites.entries()) ms[index] = other === site ? 0 : guessedMs(site, other)
  return { ms, measured: [], dueMs: Number.NEGATIVE_INFINITY, usedMs: 0 }
}

const isSame = (a: Site | undefined, b: Site): boolean => a?.id === b.id && a.lat === b.lat && a.lon === b.lon
