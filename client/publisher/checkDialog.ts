import type { TitleVersion } from '../../config/protocol/publishing.ts'
import { closeOnBackdrop } from '../ui/dialog.ts'
import { h } from '../ui/dom.ts'
import { whenText } from '../ui/format.ts'
import { icon } from '../ui/icons.ts'

const pictureNames: Readonly<Record<string, string>> = { begin: 'At its beginning', end: 'At its end' }

function picture(address: string, name: string): HTMLElement {
  const words = pictureNames[name] ?? name
  return h(
    'figure',
    {},
    h('img', { src: address, alt: `The screen: ${words.toLowerCase()}` }),
    h('figcaption', { class: 'hint' }, words),
  )
}

const names: Readonly<Record<string, string>> = {
  'first-picture': 'First picture',
  frames: 'Frames a second',
  reacts: 'Reacts to input',
  sound: 'Sound',
  resolution: 'Fills the screen',
  'pop-ups': 'Nothing on top of it',
  exit: 'Ends when asked to',
}

/** What a version's check found, and what to do about each thing that failed. */
export function checkDialog(
  { version, check }: TitleVersion,
  pictureAddress: (name: string) => string,
): void {
  if (check.state !== 'passed' && check.state !== 'failed') return
  const { log = [], pictures = [] } = check.report
  const dialog = h(
    'dialog',
    { class: 'check', 'aria-labelledby': 'check-title' },
    h(
      'form',
      { method: 'dialog', class: 'dialog-body' },
      h('h2', { id: 'check-title' }, `Check of ${version}`),
      h(
        'p',
        {},
        `${check.state === 'passed' ? 'Passed' : 'Failed'} ${whenText(check.report.atMs)}, in a real session.`,
      ),
      h(
        'ul',
        { class: 'rows' },
        ...check.report.items.map(({ name, passed, measured, next }) =>
          h(
            'li',
            { class: passed ? 'check-passed' : 'check-failed' },
            icon(passed ? 'check' : 'alert'),
            h(
              'div',
              { class: 'row-text' },
              h('span', { class: 'visually-hidden' }, passed ? 'Passed: ' : 'Failed: '),
              h('strong', {}, names[name] ?? name),
              h('small', {}, measured),
              next !== null && h('p', {}, next),
            ),
          ),
        ),
      ),
      pictures.length > 0 &&
        h('div', { class: 'check-pictures' }, ...pictures.map((name) => picture(pictureAddress(name), name))),
      log.length > 0 &&
        h(
          'details',
          {},
          h('summary', {}, 'What it wrote last'),
          h('pre', { class: 'check-log', tabindex: 0, 'aria-label': 'What it wrote last' }, log.join('\n')),
        ),
      h('div', { class: 'dialog-actions' }, h('button', { class: 'button', autofocus: true }, 'Close')),
    ),
  )
  closeOnBackdrop(dialog)
  dialog.addEventListener('close', () => dialog.remove())
  document.body.append(dialog)
  dialog.showModal()
}
