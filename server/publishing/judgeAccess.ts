import type { CheckMeasures } from '../../config/protocol/check.ts'
import type { CheckItem } from '../../config/protocol/publishing.ts'
import { item, listed, note } from './checkItems.ts'

const notWatched = 'this node cannot watch it'

/** @param isKnown whoever says that the game needs no network has looked what it does without */
export function network({ access }: CheckMeasures, isKnown: boolean): CheckItem {
  if (access === null)
    return note('network', notWatched, 'See yourself that the game runs without a network: here is none.')
  if (access.reached.length === 0) return item('network', true, 'it asked nobody', '')
  const measured = `it tried to reach ${listed(access.reached)}`
  return isKnown
    ? note(
        'network',
        `${measured}; the manifest says that it needs no network`,
        'It reached nobody. Turn it off in this build if it slows the start down.',
      )
    : item(
        'network',
        false,
        measured,
        'No title has a network. Turn off what asks for updates, accounts or figures in this build; if the game does well without them, say so: "network": "none".',
      )
}

export function files({ access }: CheckMeasures): CheckItem {
  if (access === null)
    return note('files', notWatched, 'See yourself that the game writes under $HOME and /tmp alone.')
  if (access.by === 'requests') return item('files', true, 'a page has none', '')
  const { wrote, lost } = access
  if (wrote.length > 0)
    return item(
      'files',
      false,
      `it tried to write to ${listed(wrote)}`,
      'Everything but the player’s home and /tmp is read-only, so what it writes elsewhere is lost. Have it write under $HOME, from where saves come back, or in /tmp.',
    )
  return lost.length === 0
    ? item('files', true, 'it wrote its own alone', '')
    : note(
        'files',
        `it tried to write to ${listed(lost)}, which is read-only`,
        'If this is a save or a setting, have it written under $HOME: here it is lost.',
      )
}
