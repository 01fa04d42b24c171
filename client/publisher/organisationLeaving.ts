import * as z from 'zod/mini'
import { call } from '../ui/api.ts'
import { h } from '../ui/dom.ts'
import { field, form } from '../ui/form.ts'

const address = (id: string): string => `/api/account/organisations/${encodeURIComponent(id)}`

/** What an owner takes along, and how an organisation goes for good. @param gone it has */
export function organisationLeavingPart(
  { id, name }: { readonly id: string; readonly name: string },
  gone: () => void,
): HTMLElement {
  return h(
    'div',
    { class: 'stack' },
    h(
      'p',
      {},
      'All that is kept of this organisation, as JSON lines: members, keys, nodes, titles with their versions, figures and sessions, and the log.',
    ),
    h(
      'div',
      { class: 'form-actions' },
      h('a', { class: 'button', href: `${address(id)}/export`, download: true }, 'Export it'),
    ),
    h(
      'details',
      {},
      h('summary', {}, 'I want to delete this organisation'),
      form({
        label: 'Delete the organisation',
        fields: [
          h(
            'p',
            {},
            'Its titles are withdrawn and deleted with their versions, figures and what players have saved in them; its members lose it, its keys end. The ids of its titles are never given to anybody else. This cannot be taken back: export it before.',
          ),
          field({
            name: 'typed',
            label: `Type ${name} to confirm`,
            input: { autocomplete: 'off', spellcheck: 'false' },
          }),
        ],
        submit: 'Delete it for good',
        isDangerous: true,
        async task(values) {
          await call(z.unknown(), 'DELETE', address(id), {
            body: { name: values.text('typed') },
            timeoutMs: 120_000,
          })
          gone()
          return null
        },
      }),
    ),
  )
}
