import type { PadInput } from '../../config/protocol/input.ts'

/** As many as a page sees (W3C Gamepad API, as Chromium has it). */
const mostPads = 4

/** The pads of several players as the pads of one title. */
export interface SharedPads {
  pad(player: number, pad: PadInput): void
  /** Whose pad this is for the title, and which one of theirs. */
  ownerOf(index: number): { readonly player: number; readonly index: number } | null
  left(player: number): void
}

/**
 * The first player's pads keep their indices; another player's first one gets that player's own, so that a title sees one pad a
 * player in their order. Where an index is taken the next free one does; a fifth pad does nothing.
 */
export function createSharedPads(send: (pad: PadInput) => void): SharedPads {
  const owners = new Map<number, { readonly player: number; readonly index: number; last: PadInput }>()

  const indexOf = (player: number, index: number): number | null => {
    const own = [...owners].filter(([, owner]) => owner.player === player)
    const known = own.find(([, owner]) => owner.index === index)
    if (known !== undefined) return known[0]
    const wanted = player > 1 && own.length === 0 ? player - 1 : index
    const order = [wanted, ...Array.from({ length: mostPads }, (_, at) => at)]
    return order.find((at) => at < mostPads && !owners.has(at)) ?? null
  }

  return {
    pad(player, pad) {
      const index = indexOf(player, pad.index)
      if (index === null) return
      if (pad.connected) owners.set(index, { player, index: pad.index, last: pad })
      else owners.delete(index)
      send({ ...pad, index })
    },
    ownerOf(index) {
      const owner = owners.get(index)
      return owner === undefined ? null : { player: owner.player, index: owner.index }
    },
    left(player) {
      for (const [index, { player: owner, last }] of [...owners]) {
        if (owner !== player) continue
        owners.delete(index)
        send({ ...last, index, connected: false, buttons: 0, axes: [0, 0, 0, 0], triggers: [0, 0] })
      }
    },
  }
}
