import { trustClass, type RuledOut, type TrustClass } from '../../config/protocol/placement.ts'
import type { VideoCodecName } from '../../config/protocol/stream.ts'
import type { TitleManifest } from '../../config/protocol/title.ts'
import { type GpuNeed, hasGpuFor, type NodeGpu } from '../../config/protocol/titleGpu.ts'
import type { DecisionInput } from './decide.ts'
import type { NodeSnapshot } from './snapshot.ts'

/** What a title asks of the nodes that run it. */
export interface TitleDemands {
  readonly id: string
  /** That its nodes must have; absent: whichever they have, of a title that they came with. */
  readonly version?: string
  /** Longest predicted click-to-photon, ms; null: any. */
  readonly latencyBudgetMs: number | null
  readonly allow: TitleManifest['allow'] | null
  /** Absent: none. */
  readonly gpu?: GpuNeed
}

/** @param build absent: a title that nodes came with */
export const demandsOf = (
  { id, latencyBudgetMs, allow, gpu }: TitleManifest,
  build?: { readonly version: string },
): TitleDemands => ({
  id,
  ...(build === undefined ? {} : { version: build.version }),
  latencyBudgetMs: latencyBudgetMs ?? null,
  allow: allow ?? null,
  ...(gpu === undefined ? {} : { gpu }),
})

/** The part of a node that seats and distances do not change. */
interface Capable {
  readonly codecs: readonly VideoCodecName[]
  readonly trust: TrustClass | null
  readonly country: string | null
  readonly gpu: NodeGpu | null
  /** By `titleKey`. */
  readonly titles: { has(key: string): boolean }
}

/** A title, or one version of it. */
export const titleKey = ({ id, version }: Pick<TitleDemands, 'id' | 'version'>): string =>
  version === undefined ? id : `${id}@${version}`

type Asked = Pick<DecisionInput, 'title' | 'codecs'>

/** Whether nodes of this kind may and can run the title for this player. */
export const isCapable = (capable: Capable, asked: Asked): boolean =>
  lackOf(capable, capable.titles.has(titleKey(asked.title)), asked) === null

/**
 * Why a node cannot take this player at all, the most lasting reason first; null when nothing stands against it. What the
 * title asks for and nobody knows of the node counts as a no.
 * @param clickToPhotonMs predicted; null when the way to the node is of unknown length
 */
export function hardLimit(
  node: NodeSnapshot,
  input: Asked & Pick<DecisionInput, 'refusedBy' | 'held'>,
  clickToPhotonMs: number | null,
): RuledOut | null {
  const { latencyBudgetMs } = input.title
  const lack = lackOf(node, hasTitle(node, input.title), input)
  if (lack !== null) return lack
  if (latencyBudgetMs !== null && !(clickToPhotonMs !== null && clickToPhotonMs <= latencyBudgetMs))
    return 'too-far'
  if (node.draining) return 'draining'
  if (input.refusedBy.has(node.nodeId)) return 'refused'
  // Also a count that is not a number leaves no seat.
  if (!(node.seatsFree > 0)) return 'no-seat'
  return input.held?.has(node.nodeId) === true ? 'held' : null
}

function lackOf(
  { codecs, trust, country, gpu }: Omit<Capable, 'titles'>,
  hasTitle: boolean,
  { title, codecs: decodable }: Asked,
): RuledOut | null {
  if (!hasTitle) return 'title-missing'
  if (!haveCommon(codecs, decodable)) return 'codec-missing'
  if (!hasGpuFor(gpu, title.gpu)) return 'no-gpu'
  return consentLack({ trust, country }, title.allow)
}

/** Whether the title's publisher consents to its running there. */
export const mayRun = (
  node: Pick<Capable, 'trust' | 'country'>,
  allow: TitleDemands['allow'] | undefined,
): boolean => consentLack(node, allow) === null

function consentLack(
  { trust, country }: Pick<Capable, 'trust' | 'country'>,
  allow: TitleDemands['allow'] | undefined,
): RuledOut | null {
  if (allow === null || allow === undefined) return null
  const { trust: least, countries } = allow
  const order = trustClass.options
  if (least !== undefined && (trust === null || order.indexOf(trust) < order.indexOf(least)))
    return 'untrusted'
  if (countries !== undefined && (country === null || !countries.includes(country))) return 'no-consent'
  return null
}

// Loops without closures, because every candidate of every decision passes here.
function hasTitle({ titles }: NodeSnapshot, title: TitleDemands): boolean {
  const { id, version } = title
  for (const one of titles)
    if (one.id === id && (version === undefined || one.version === version)) return true
  return false
}

function haveCommon<T>(some: readonly T[], others: readonly T[]): boolean {
  for (const one of some) if (others.includes(one)) return true
  return false
}
