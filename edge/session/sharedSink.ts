import type { InputSink } from './inputRouter.ts'
import { createSharedPads } from './sharedPads.ts'
import { createSharedFingers } from './sharedFingers.ts'

/** One title's ways in, for several players: what any of them holds is held, until the last one of them lets go. */
export interface SharedSink {
  of(player: number): InputSink
  /** Whose pad the title means by this index, and which one of theirs. Null: nobody's. */
  padOf(index: number): { readonly player: number; readonly index: number } | null
  /** Pads of a player who has left are gone. */
  left(player: number): void
}

interface Held {
  readonly by: Set<number>
  strike(down: boolean, inputId: number): void
}

export function shareSink(sink: InputSink): SharedSink {
  const held = new Map<string, Held>()
  const pads = createSharedPads((pad) => sink.pad?.(pad))
  const fingers = createSharedFingers((touch) => sink.touch?.(touch))
  /** Whose text may still be being typed. */
  let typist: number | null = null

  const stroke = (
    player: number,
    name: string,
    down: boolean,
    inputId: number,
    strike: Held['strike'],
  ): void => {
    const known = held.get(name)
    if (down && known !== undefined) known.by.add(player)
    else if (down) {
      held.set(name, { by: new Set([player]), strike })
      strike(true, inputId)
    } else if (known?.by.delete(player) === true && known.by.size === 0) {
      held.delete(name)
      strike(false, inputId)
    }
  }

  const releaseAll = (player: number): void => {
    for (const [name, { by, strike }] of [...held]) if (by.has(player)) stroke(player, name, false, 0, strike)
    if (typist !== null && typist !== player) return
    if (typist === null && held.size > 0) return
    typist = null
    // It also stops typing. What the others hold is down again at once.
    sink.releaseAll()
    for (const { strike } of held.values()) strike(true, 0)
  }

  return {
    of: (player) => ({
      key: (evdev, down, inputId) =>
        stroke(player, `k${evdev}`, down, inputId, (isDown, id) => sink.key(evdev, isDown, id)),
      button: (button, down, inputId) =>
        stroke(player, `b${button}`, down, inputId, (isDown, id) => sink.button(button, isDown, id)),
      pointer: (x, y, inputId) => sink.pointer(x, y, inputId),
      move: (dxPx, dyPx, inputId) => sink.move(dxPx, dyPx, inputId),
      wheel: (dx, dy, inputId) => sink.wheel(dx, dy, inputId),
      text(text, inputId) {
        typist = player
        sink.text(text, inputId)
      },
      releaseAll: () => releaseAll(player),
      touch: sink.touch === null ? null : (touch) => fingers.touch(player, touch),
      pad: sink.pad === null ? null : (pad) => pads.pad(player, pad),
    }),
    padOf: (index) => pads.ownerOf(index),
    left: (player) => pads.left(player),
  }
}
