import { encodeRepair, MAX_SPAN } from './flexfec03.ts'
import { interleave } from './groups.ts'
import type { Protector } from './protector.ts'

/** FlexFEC over one frame at a time: the browser need not wait for the next frame to rebuild this one. */
export function createFlexfec(mediaSsrc: number): Protector {
  let owed = 0
  return {
    protect(packets, overhead) {
      if (overhead <= 0) {
        owed = 0
        return []
      }
      owed += packets.length * overhead
      const repairs = Math.min(Math.floor(owed), packets.length)
      owed = Math.min(owed - repairs, 1)
      return interleave(packets.length, repairs, MAX_SPAN).map((group) =>
        encodeRepair(
          mediaSsrc,
          group.flatMap((index) => packets[index] ?? []),
        ),
      )
    },
  }
}
