import type { TitleDetails } from '../../config/protocol/publishing.ts'
import { h } from '../ui/dom.ts'

/** Versions that nodes could not get, and what to do about it; null: there are none. */
export function installNews({ installs = [] }: Pick<TitleDetails, 'installs'>): HTMLElement | null {
  const failing = installs.filter(({ faults }) => faults.length > 0)
  if (failing.length === 0) return null
  return h(
    'section',
    { class: 'failure', 'data-role': 'install-faults', 'aria-labelledby': 'install-faults' },
    h('h2', { id: 'install-faults' }, 'Some nodes could not get this game'),
    h('p', {}, 'They go on trying. Players get it from those that have it.'),
    h(
      'ul',
      {},
      ...failing.flatMap(({ version, ready, faults }) =>
        faults.map(({ nodes, sites, error: { what, next, details = [] } }) =>
          h(
            'li',
            {},
            h('strong', {}, `${version} on ${nodesText(nodes)} at ${sites.join(', ')}: `),
            [what, ...details, next].join(' '),
            ready === 0
              ? ' No node has this version yet.'
              : ` ${nodesText(ready)} ${ready === 1 ? 'has' : 'have'} it.`,
          ),
        ),
      ),
    ),
  )
}

const nodesText = (count: number): string => (count === 1 ? 'one node' : `${count} nodes`)
