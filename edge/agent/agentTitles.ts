import type { NodeStatus } from '../../config/protocol/nodeSocket.ts'
import type { NodePackages } from '../packages/nodePackages.ts'
import type { SeatShare } from '../packages/seatShare.ts'
import type { SessionJob } from '../session/ipc.ts'
import { startReads } from '../titles/build.ts'
import type { Title } from '../titles/catalogue.ts'
import type { StartableTitle } from './heldTitles.ts'
import type { TitleReads } from './readyTitles.ts'

/** What a node can start: its own titles and publishers' packages. */
export interface AgentTitles {
  /** Null: it is not here. @param version of a package; undefined: one of the node's own */
  find(titleId: string, version: string | undefined): StartableTitle | null
  readonly told: NodeStatus['titles']
  /** The manifest's globs of what is saved; undefined: all of a home. */
  saves(job: Pick<SessionJob, 'titleId' | 'installed'>): readonly string[] | undefined
  /** What a start of it reads; of packages the latest version. Null: it is not here. */
  reads(titleId: string): (() => Promise<TitleReads>) | null
}

export function agentTitles(
  own: readonly Title[],
  packages: NodePackages,
  { builtDir, seat }: { readonly builtDir: string; readonly seat: SeatShare },
): AgentTitles {
  const byId = new Map(own.map((title) => [title.manifest.id, title]))
  return {
    find(titleId, version) {
      if (version === undefined) {
        const title = byId.get(titleId)
        return title === undefined ? null : { display: title.manifest.display, installed: null }
      }
      const found = packages.find(titleId, version)
      if (found === null) return null
      const { manifest, treeId, folder } = found
      return { display: manifest.display, installed: { treeId, folder, seat } }
    },
    get told() {
      const all = [...own, ...packages.offered].map(({ manifest: { id, version } }) => ({ id, version }))
      return all.slice(0, maxTold)
    },
    saves({ titleId, installed }) {
      const title =
        installed === undefined
          ? byId.get(titleId)
          : packages.offered.find(({ treeId }) => treeId === installed.treeId)
      return title?.manifest.saves
    },
    reads(titleId) {
      const title = byId.get(titleId)
      if (title !== undefined) return async () => ({ host: startReads(title, builtDir), packed: [] })
      const latest = packages.offered
        .filter(({ manifest }) => manifest.id === titleId)
        .toSorted((a, b) => b.usedAtMs - a.usedAtMs)[0]
      if (latest === undefined) return null
      const { needs, reads = [] } = latest.manifest.runtime
      return async () => ({
        host: [],
        packed: all(needs, reads, await packages.filesOf(latest.treeId)),
      })
    },
  }
}

function* all<T>(...lists: readonly Iterable<T>[]): Iterable<T> {
  for (const list of lists) yield* list
}

/** What the protocol takes. */
const maxTold = 10_000
