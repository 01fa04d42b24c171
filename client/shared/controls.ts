import type { TitleCard } from '../../config/protocol/title.ts'
import { h } from './dom.ts'

/** `Arrows / WASD` as single keys where the text names several. */
const keyCaps = (keys: string): (HTMLElement | string)[] =>
  keys.split(/(\s*[/,+]\s*)/).map((part) => {
    const text = part.trim()
    return text === '/' || text === ',' ? ' ' : text === '+' ? ' + ' : h('kbd', {}, text)
  })

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
