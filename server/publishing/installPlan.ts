import type { TitleManifest } from '../../config/protocol/title.ts'
import { type GpuNeed, hasGpuFor } from '../../config/protocol/titleGpu.ts'
import type { OfferedTitle } from '../catalogue/offers.ts'
import { mayRun, titleKey } from '../placement/decideLimits.ts'
import type { SiteDemand } from '../placement/expectedSessions.ts'
import { unitHash } from '../placement/hash.ts'
import type { NodeSnapshot } from '../placement/snapshot.ts'
import type { Steps } from '../placement/steps.ts'
import { titleOrder } from '../placement/warm.ts'

export type InstallNode = Pick<
  NodeSnapshot,
  'nodeId' | 'siteId' | 'seats' | 'titles' | 'draining' | 'trust' | 'country' | 'gpu'
>

/** A version that players or testers may get. */
export interface InstallPackage {
  readonly titleId: string
  readonly version: string
  readonly treeId: string
  readonly sizeBytes: number
  readonly allow: TitleManifest['allow'] | null
  /** Absent: none. */
  readonly gpu?: GpuNeed
  readonly isStaged: boolean
}

/** What nodes should have of what publishers offer; nothing of a title that was withdrawn. */
export function packagesOf(titles: readonly OfferedTitle[]): readonly InstallPackage[] {
  return titles.flatMap(({ titleId, channels, versions }) => {
    const { withdrawn, live, canary, staging } = channels
    if (withdrawn) return []
    const played = new Set([live, canary?.version].filter((version) => version != null))
    return [...new Set([...played, staging?.version])].flatMap((version) => {
      const known = version === undefined ? undefined : versions.get(version)
      if (version === undefined || known === undefined) return []
      const { manifest, treeId, sizeBytes } = known
      const isStaged = !played.has(version)
      const { allow = null, gpu } = manifest
      return [{ titleId, version, treeId, sizeBytes, allow, ...(gpu === undefined ? {} : { gpu }), isStaged }]
    })
  })
}

/** Where every package shall be, however little it is played. */
export interface InstallSpread {
  /** By site id. */
  readonly packages: ReadonlyMap<string, readonly InstallPackage[]>
  /** Those that no node has, by `titleKey`. */
  readonly missing: ReadonlySet<string>
}

/** Sites that have a title which nobody plays, so that losing one loses no title. */
const sitesOfTitle = 3
/** Sites with a seat for whoever tests what is staged, one node each. */
const sitesOfStaged = 2
/** Seats with a title, as a multiple of its expected sessions: an installation takes longer than demand does to double. */
const spareSeats = 2
/** Of one node's list: a disk holds some hundred games at most. */
const mostListed = 256
/** What a live version that no node has counts as: nobody can play it before one has. */
const newcomerSessions = 1

const canRun = (node: InstallNode, { allow, gpu }: InstallPackage): boolean =>
  mayRun(node, allow) && hasGpuFor(node.gpu, gpu)

const keyOf = ({ titleId, version }: InstallPackage): string => titleKey({ id: titleId, version })

/** Sites by weighted rendezvous hashing, as titles choose nodes: a site that comes or goes moves few packages. */
export function* spreadPackages(
  sites: ReadonlyMap<string, readonly InstallNode[]>,
  packages: readonly InstallPackage[],
): Steps<InstallSpread> {
  const places = Array.from(sites, ([siteId, nodes]) => ({
    nodeId: siteId,
    seats: nodes.reduce((sum, { seats }) => sum + seats, 0),
    nodes,
  }))
  const spread = new Map<string, InstallPackage[]>()
  const missing = new Set(packages.map(keyOf))
  for (const { nodes } of places) {
    for (const { titles } of nodes) for (const title of titles) missing.delete(titleKey(title))
    yield
  }
  for (const wanted of packages) {
    const able = places.filter(({ nodes }) => nodes.some((node) => canRun(node, wanted)))
    const most = wanted.isStaged ? sitesOfStaged : sitesOfTitle
    for (const { nodeId: siteId } of titleOrder(wanted.titleId, able).slice(0, most)) {
      const list = spread.get(siteId) ?? []
      list.push(wanted)
      spread.set(siteId, list)
    }
    yield
  }
  return { packages: spread, missing }
}

/**
 * What each node of a site should have, the most wanted first: what is live by expected sessions, then what is staged. A node without room
 * drops what comes later for what comes earlier, and what is staged is nobody's wish but its publisher's: it never costs players a title.
 * All versions of a title want the same nodes, where they share most of their bytes.
 * @param nodes of one site
 * @param demand of this site, by title
 */
export function installPlan(
  nodes: readonly InstallNode[],
  packages: readonly InstallPackage[],
  demand: NonNullable<ReturnType<SiteDemand['get']>>,
  { packages: spread, missing }: InstallSpread,
): ReadonlyMap<string, readonly InstallPackage[]> {
  const [first] = nodes
  const anyway = new Set(spread.get(first?.siteId ?? '') ?? [])
  const sessionsOf = ({ titleId, isStaged }: InstallPackage): number =>
    isStaged ? 0 : (demand.get(titleId) ?? 0)
  const plan = new Map<string, InstallPackage[]>(nodes.map(({ nodeId }) => [nodeId, []]))
  const wanted = packages.filter((one) => anyway.has(one) || sessionsOf(one) > 0)
  const isMissing = (one: InstallPackage): boolean => missing.has(keyOf(one))
  const weightOf = (one: InstallPackage): number =>
    one.isStaged ? -1 : Math.max(sessionsOf(one), isMissing(one) ? newcomerSessions : 0)
  wanted.sort(
    (a, b) =>
      weightOf(b) - weightOf(a) ||
      Number(isMissing(b)) - Number(isMissing(a)) ||
      unitHash(a.titleId) - unitHash(b.titleId),
  )
  for (const one of wanted) {
    let seatsLeft = sessionsOf(one) * spareSeats
    let isFirst = anyway.has(one)
    for (const { nodeId, seats } of titleOrder(
      one.titleId,
      nodes.filter((node) => canRun(node, one)),
    )) {
      if (!isFirst && seatsLeft <= 0) break
      isFirst = false
      seatsLeft -= seats
      const list = plan.get(nodeId)
      if (list !== undefined && list.length < mostListed) list.push(one)
    }
  }
  return plan
}
