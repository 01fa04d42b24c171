import type { PadInput } from '../../config/protocol/input.ts'
import type { TitleManifest } from '../../config/protocol/title.ts'

export type PadMap = NonNullable<TitleManifest['input']['padMap']>

export interface PadTransition {
  /** As in manifests: a `KeyboardEvent.code` or `Mouse0`…`Mouse4`. */
  readonly control: string
  readonly down: boolean
}

/** A stick presses beyond the first and lets go below the second, so that a trembling thumb does not stutter. */
const pressAt = 0.5
const releaseBelow = 0.35
/** W3C standard gamepad: the triggers are buttons 6 and 7. */
const firstTrigger = 6

/** Pure: which controls are held now, given which were. Two pad controls on one key hold it together. */
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

/** Pure: what to inject to get from one set of held controls to another, releases first. */
export function padTransitions(before: ReadonlySet<string>, after: ReadonlySet<string>): PadTransition[] {
  return [
    ...[...before].filter((control) => !after.has(control)).map((control) => ({ control, down: false })),
    ...[...after].filter((control) => !before.has(control)).map((control) => ({ control, down: true })),
  ]
}

/** Remembers what each pad holds: a pad's state in, what to inject out. */
export function createPadMapper(map: PadMap): (pad: PadInput) => readonly PadTransition[] {
  const heldByIndex = new Map<number, ReadonlySet<string>>()
  return (pad) => {
    const before = heldByIndex.get(pad.index) ?? new Set<string>()
    const after = heldByPad(map, before, pad)
    heldByIndex.set(pad.index, after)
    return padTransitions(before, after)
  }
}
