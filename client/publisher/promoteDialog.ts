import type { PublishedTitle } from '../../config/protocol/publishing.ts'
import { closeOnBackdrop } from '../ui/dialog.ts'
import { h } from '../ui/dom.ts'

/** Asks who gets a version. @returns a share of the players, percent; null: nothing is to be done */
export function promoteDialog(
  { name, channels }: PublishedTitle,
  version: string,
): Promise<'all' | number | null> {
  const percent = h('input', {
    id: 'canary-percent',
    name: 'percent',
    type: 'number',
    min: 1,
    max: 99,
    value: 10,
    required: true,
    inputmode: 'numeric',
  })
  const radio = (value: 'all' | 'some', label: string, hint: string, checked: boolean): HTMLElement =>
    h(
      'label',
      {},
      h('input', { type: 'radio', name: 'share', value, checked }),
      h('span', {}, label, h('small', {}, hint)),
    )
  // A share of the players needs something that the others get.
  const canShare = channels.live !== null
  const form: HTMLFormElement = h(
    'form',
    { method: 'dialog', class: 'dialog-body' },
    h('h2', { id: 'promote-title' }, `Give ${name} ${version} to players`),
    !canShare && h('p', {}, 'It appears in the library at once, and everybody can play it.'),
    canShare &&
      h(
        'fieldset',
        { class: 'field checks' },
        h('legend', {}, 'Who gets it?'),
        radio(
          'some',
          'Some of them first',
          'It is taken back by itself when it crashes or fails to start more often.',
          true,
        ),
        radio(
          'all',
          'All of them',
          `It takes the place of ${channels.live ?? ''} for whoever starts from now on.`,
          false,
        ),
      ),
    canShare &&
      h(
        'div',
        { class: 'field' },
        h('label', { for: 'canary-percent' }, 'Share of the players, percent'),
        percent,
      ),
    h(
      'div',
      { class: 'dialog-actions' },
      // No submit button: Enter in the field above means the other one.
      h(
        'button',
        { class: 'button button-quiet', type: 'button', on: { click: () => dialog.close('no') } },
        'Not now',
      ),
      h('button', { class: 'button button-go', value: 'yes' }, 'Give it'),
    ),
  )
  const dialog: HTMLDialogElement = h('dialog', { 'aria-labelledby': 'promote-title' }, form)
  const toAll = (): boolean => !canShare || new FormData(form).get('share') === 'all'
  form.addEventListener('change', () => {
    percent.disabled = toAll()
  })
  return new Promise((resolve) => {
    closeOnBackdrop(dialog)
    dialog.addEventListener('close', () => {
      dialog.remove()
      resolve(dialog.returnValue !== 'yes' ? null : toAll() ? 'all' : percent.valueAsNumber)
    })
    document.body.append(dialog)
    dialog.showModal()
  })
}
