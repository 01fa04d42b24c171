import { errorCatalogue, type ErrorCode, wireError } from '../../config/errors.ts'
import type { VersionInstalls } from '../../config/protocol/publishing.ts'
import type { NodeSnapshot } from '../placement/snapshot.ts'

type Node = Pick<NodeSnapshot, 'siteName' | 'titles' | 'packages'>
type Fault = VersionInstalls['faults'][number]

/** Of one version; what concerns most nodes comes first. */
const mostFaults = 16
const mostSites = 8
const mostDetails = 4

/** What nodes have of a title's versions, or why not. Pure. Versions that no node has to do with are left out. */
export function installsOf(titleId: string, nodes: Iterable<Node>): VersionInstalls[] {
  const versions = new Map<string, { ready: number; installing: number; faults: Map<string, Fault> }>()
  const of = (version: string) => {
    const known = versions.get(version) ?? { ready: 0, installing: 0, faults: new Map<string, Fault>() }
    versions.set(version, known)
    return known
  }
  for (const { siteName, titles, packages } of nodes) {
    for (const { id, version } of titles) if (id === titleId) of(version).ready += 1
    for (const one of packages.installing) if (one.titleId === titleId) of(one.version).installing += 1
    for (const one of packages.faults) {
      if (one.titleId !== titleId) continue
      const { faults } = of(one.version)
      const { code, details = [] } = one.error
      const key = JSON.stringify([code, details])
      const { nodes: before, sites } = faults.get(key) ?? { nodes: 0, sites: [] }
      faults.set(key, {
        error: inOurWords(code, details),
        nodes: before + 1,
        sites: [...new Set([...sites, siteName])].slice(0, mostSites),
      })
    }
  }
  return Array.from(versions, ([version, { faults, ...counts }]) => ({
    version,
    ...counts,
    faults: [...faults.values()].toSorted((a, b) => b.nodes - a.nodes).slice(0, mostFaults),
  }))
}

/** A node's host says what happened, not how it reads. */
function inOurWords(code: string, details: readonly string[]): Fault['error'] {
  const known = Object.hasOwn(errorCatalogue, code) ? (code as ErrorCode) : 'internal'
  const error = wireError(known)
  return { ...error, details: details.slice(0, mostDetails) }
}
