import { h } from '../ui/dom.ts'
import { field, form } from '../ui/form.ts'
import { section } from '../ui/section.ts'
import type { PublisherApi } from './publisherApi.ts'

/** What a publisher takes along, and how a title goes for good. */
export function leavingPart(
  titleId: string,
  { api, gone }: { readonly api: PublisherApi; gone(): void },
): HTMLElement {
  return section('leaving', 'Leaving', [
    h(
      'p',
      {},
      'All that is kept of this title, as JSON lines: versions, manifests, figures, sessions and ratings.',
    ),
    h(
      'div',
      { class: 'form-actions' },
      h('a', { class: 'button', href: api.exportAddress(titleId) }, 'Export it'),
    ),
    h(
      'details',
      {},
      h('summary', {}, 'I want to delete this title'),
      form({
        label: 'Delete the title',
        fields: [
          h(
            'p',
            {},
            'Its versions, its figures, its ratings and what players have saved in it are deleted at once and for good.',
          ),
          field({
            name: 'typed',
            label: `Type ${titleId} to confirm`,
            input: { autocomplete: 'off', spellcheck: 'false', pattern: titleId, title: titleId },
          }),
        ],
        submit: 'Delete it for good',
        isDangerous: true,
        async task() {
          await api.remove(titleId)
          gone()
          return null
        },
      }),
    ),
  ])
}
