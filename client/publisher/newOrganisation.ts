import { h } from '../ui/dom.ts'
import { field, form, selectField } from '../ui/form.ts'
import { makeOrganisation } from './organisationApi.ts'

/** @param made called with its slug */
export function newOrganisation(isFirst: boolean, made: (slug: string) => void): HTMLElement {
  const title = isFirst ? 'Make your first organisation' : 'Make another organisation'
  return h(
    'div',
    { class: 'narrow' },
    h(
      'section',
      { class: 'card-box', 'aria-labelledby': 'new-title' },
      h('h1', { id: 'new-title', tabindex: -1 }, title),
      h(
        'p',
        {},
        'Titles and nodes belong to an organisation, so that others can work on them too. You will be its owner.',
      ),
      form({
        label: title,
        fields: [
          field({
            name: 'name',
            label: 'Name',
            hint: 'As others read it: your studio, your company or your own name.',
            input: { autocomplete: 'organization', maxlength: 80 },
          }),
          selectField({
            name: 'kind',
            label: 'What it does',
            options: [
              { value: 'publisher', label: 'Brings games to players' },
              { value: 'host', label: 'Runs nodes' },
            ],
            value: 'publisher',
          }),
        ],
        submit: 'Make it',
        async task(values) {
          const name = values.text('name').trim()
          const kind = values.text('kind') === 'host' ? 'host' : 'publisher'
          made(await makeOrganisation(name, slugOf(name), kind))
          return null
        },
      }),
    ),
  )
}

/** `Ana & Rui Games` is `ana-rui-games`; a name without such letters gets a word of its own. */
export function slugOf(name: string): string {
  const slug = name
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, 40)
    .replace(/-+$/, '')
  return slug === '' ? 'studio' : slug
}
