import type { PadInput } from '../../config/protocol/input.ts'
import type { TitleManifest } from '../../config/protocol/title.ts'

export type PadMap = NonNullable<TitleManifest['input']['padMap']>

/** A stick presses beyond the first and lets go below the second, so that a trembling thumb does not stutter. */
const pressAt = 0.5
const releaseBelow = 0.35
/** W3C standard gamepad: the triggers are buttons 6 and 7. */
const firstTrigger = 6

/** Pure: which controls (a `KeyboardEvent.code` or `Mouse0`…`Mouse4`) are held now, given which were. Two pad controls on one key hold it together. */
export function heldByPad(map: PadMap, before: ReadonlySet<string>, pad: PadInput): Set<string> {
  const held = new Set<string>()
  if (!pad.connected) return held
  const pressed = (value: number, control: string): boolean =>
    value >= (before.has(control) ? releaseBelow : pressAt)
  for (const [index, control] of Object.entries(map.buttons)) {
    const bit = (pad.buttons >>> Number(index)) % 2 === 1
    const trigger = pad.triggers[Number(index) - firstTrigger]
    if (bit || (trigger !== undefined && pressed(trigger, control))) held.add(control)
  }
  for (const [index, { negative, positive }] of Object.entries(map.axes)) {
    const value = pad.axes[Number(index)] ?? 0
    if (pressed(-value, negative)) held.add(negative)
    if (pressed(value, positive)) held.add(positive)
  }
  return held
}
