import type { TitleCard } from '../../config/protocol/title.ts'
import { h } from './dom.ts'

/** `Arrows / WASD` and `1 - 7, wheel` as single keys; a comma that is itself a key stays whole. */
const keyCaps = (keys: string): (HTMLElement | string)[] =>
  keys
    .split(/(?<=\S)\s+\/\s+|(?<=\S),\s+/)
    .flatMap((part, index) => (index === 0 ? [h('kbd', {}, part)] : [' ', h('kbd', {}, part)]))

export function controlsList(controls: TitleCard['controls']): HTMLElement {
  return h(
    'dl',
    { class: 'keys' },
    // `dl > div > dt + dd` keeps a pair together wherever a grid puts it.
    ...controls.map(({ keys, does }) =>
      h('div', { class: 'key-row' }, h('dt', {}, ...keyCaps(keys)), h('dd', {}, does)),
    ),
  )
}
