/** Which packets of a frame share a repair packet, by index. */
export type Group = readonly number[]

/**
 * Neighbours go into different groups, so that a burst of losses as long as there are repair packets leaves each group only one to
 * rebuild. No group reaches over more than `maxSpan` packets: a longer frame is cut into blocks.
 */
export function interleave(packets: number, repairs: number, maxSpan: number): Group[] {
  const blocks = Math.ceil(packets / maxSpan)
  const wanted = Math.min(packets, Math.max(repairs, repairs > 0 ? blocks : 0))
  const groups: Group[] = []
  for (let block = 0; block < blocks; block++) {
    const from = Math.floor((packets * block) / blocks)
    const to = Math.floor((packets * (block + 1)) / blocks)
    const share = Math.floor((wanted * (block + 1)) / blocks) - Math.floor((wanted * block) / blocks)
    for (let nth = 0; nth < share; nth++) {
      const group: number[] = []
      for (let index = from + nth; index < to; index += share) group.push(index)
      groups.push(group)
    }
  }
  return groups
}
