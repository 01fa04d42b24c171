import { evdevByCode } from '../../config/protocol/keyCodes.ts'
import type { TitleManifest } from '../../config/protocol/title.ts'

export type ScriptedInput =
  | { readonly kind: 'key'; readonly name: string; readonly evdev: number }
  | {
      readonly kind: 'button'
      readonly name: string
      readonly button: number
      readonly x: number
      readonly y: number
    }

const mostInputs = 16
const starters = ['Enter', 'Space', 'Mouse0']
/** It may well leave the game, which is asked to later. */
const leavesGame: ReadonlySet<string> = new Set(['Escape', 'F4', 'F10', 'KeyQ'])

/** What gets any title going, and then what its manifest says that it listens to. */
export function scriptFor({ input }: Pick<TitleManifest, 'input'>): readonly ScriptedInput[] {
  const { touchStick, touchButtons, padMap } = input
  const named = [
    ...starters,
    ...touchButtons.map(({ key }) => key),
    ...(touchStick === null ? [] : [touchStick.right, touchStick.left, touchStick.up, touchStick.down]),
    ...Object.values(padMap?.buttons ?? {}),
    ...Object.values(padMap?.axes ?? {}).flatMap(({ positive, negative }) => [positive, negative]),
    ...['ArrowRight', 'ArrowUp', 'ArrowLeft', 'ArrowDown'],
  ]
  const first = [...new Set(named)].filter((name) => !leavesGame.has(name)).slice(0, mostInputs)
  // Who was still loading gets a second chance to be started.
  return [...first, ...starters].flatMap(inputOf)
}

function inputOf(name: string): readonly ScriptedInput[] {
  const button = /^Mouse([0-4])$/.exec(name)?.[1]
  if (button !== undefined) return [{ kind: 'button', name, button: Number(button), x: 0.5, y: 0.5 }]
  const evdev = evdevByCode[name]
  return evdev === undefined ? [] : [{ kind: 'key', name, evdev }]
}
