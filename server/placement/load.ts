/** A full site costs as much as the way across a continent. */
const fullSiteMs = 40
/** Sessions on one machine slow each other down a little. */
const fullNodeMs = 10
/** Spreads players over sites of equal price until the next prices come. */
const evenMs = 2

/**
 * The load term while nobody knows who else will come. Convex: nothing that anybody could feel until about three quarters, then steep,
 * so that the last seats stay for those who have nowhere else to go.
 * @param siteUse share of the site's seats that are taken, 0-1
 * @param nodeUse the same of the node
 */
export const loadMs = (siteUse: number, nodeUse: number): number =>
  fullSiteMs * eighthPower(siteUse) + nodeLoadMs(nodeUse)

/** The load term of a site whose price is known (sitePrices.ts). @param siteUse as above */
export const pricedLoadMs = (priceMs: number, siteUse: number): number =>
  priceMs + evenMs * eighthPower(siteUse)

/** What tells the nodes of one site apart. */
export const nodeLoadMs = (nodeUse: number): number => fullNodeMs * eighthPower(nodeUse)

/** Several times as fast as `** 8`, which every candidate of every decision would pay for. */
function eighthPower(use: number): number {
  const square = use * use
  const fourth = square * square
  return fourth * fourth
}
