import { heldByPad, type PadMap } from '../titles/padMapping.ts'
import type { PadMapper } from './inputRouter.ts'

/** Several pads play one game: what any of them holds is held. */
export function createPadMapper(map: PadMap): PadMapper {
  const byPad = new Map<number, ReadonlySet<string>>()
  return (pad) => {
    byPad.set(pad.index, heldByPad(map, byPad.get(pad.index) ?? new Set(), pad))
    return new Set([...byPad.values()].flatMap((held) => [...held]))
  }
}
