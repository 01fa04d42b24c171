import type { TouchInput } from '../../config/protocol/input.ts'

/** Of one byte on the wire. */
const mostIds = 256

/** The fingers of several players on one screen: each player's ids are their own. */
export interface SharedFingers {
  touch(player: number, touch: TouchInput): void
}

export function createSharedFingers(send: (touch: TouchInput) => void): SharedFingers {
  /** By id on the screen. */
  const down = new Map<number, string>()

  return {
    touch(player, touch) {
      const name = `${player}/${touch.touchId}`
      const known = [...down].find(([, finger]) => finger === name)?.[0]
      const touchId = known ?? (touch.phase === 'start' ? freeId(down, touch.touchId) : null)
      if (touchId === null) return
      if (touch.phase === 'start') down.set(touchId, name)
      else if (touch.phase !== 'move') down.delete(touchId)
      send({ ...touch, touchId })
    },
  }
}

function freeId(taken: ReadonlyMap<number, string>, wanted: number): number | null {
  for (let tried = 0; tried < mostIds; tried += 1) {
    const id = (wanted + tried) % mostIds
    if (!taken.has(id)) return id
  }
  return null
}
