import type { CheckReport, TitleVersion } from '../../config/protocol/publishing.ts'
import { closeOnBackdrop } from '../ui/dialog.ts'
import { h } from '../ui/dom.ts'
import { sizeText, whenText } from '../ui/format.ts'
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

function clip(address: string, poster: string | null, bytes: number, fileName: string): HTMLElement {
  const words = 'Its first seconds'
  return h(
    'figure',
    { class: 'check-clip' },
    h('video', {
      ...{ src: address, poster, preload: 'none', 'aria-label': words },
      ...{ controls: true, playsinline: true },
    }),
    h(
      'figcaption',
      { class: 'hint' },
      `${words}. `,
      h('a', { href: address, download: fileName }, `Download the clip, ${sizeText(bytes)}`),
    ),
  )
}

/** Who measured it, in words. */
function nodeWords(node: CheckReport['node']): string {
  if (node === undefined) return ''
  const trusts = { operator: 'of the network’s own', verified: 'verified', community: 'of the community' }
  return ` at ${node.siteName}, on a node ${node.trust === null ? 'that nobody has vouched for' : trusts[node.trust]}`
}

const names: Readonly<Record<string, string>> = {
  'first-picture': 'First picture',
  frames: 'Frames a second',
  reacts: 'Reacts to input',
  sound: 'Sound',
  resolution: 'Fills the screen',
  'pop-ups': 'Nothing on top of it',
  exit: 'Ends when asked to',
  network: 'Asks for no network',
  files: 'Writes its own files alone',
  saves: 'Saves come back',
  start: 'Starts',
  seat: 'Found a seat',
}

const wordsOf = (passed: boolean, next: string | null): string =>
  passed ? (next === null ? 'Passed: ' : 'Passed, with a note: ') : 'Failed: '

const classOf = (passed: boolean, next: string | null): string =>
  passed ? (next === null ? 'check-passed' : 'check-noted') : 'check-failed'

/** What a version's check found, and what to do about each thing that failed. */
export function checkDialog(
  { titleId, version, check }: TitleVersion,
  address: { picture(name: string): string; readonly clip: string },
): void {
  if (check.state !== 'passed' && check.state !== 'failed') return
  const { log = [], pictures = [], clipBytes, node } = check.report
  const poster = pictures[0] === undefined ? null : address.picture(pictures[0])
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
        `${check.state === 'passed' ? 'Passed' : 'Failed'} ${whenText(check.report.atMs)}, in a real session${nodeWords(node)}.`,
      ),
      h(
        'ul',
        { class: 'rows' },
        ...check.report.items.map(({ name, passed, measured, next }) =>
          h(
            'li',
            { class: classOf(passed, next) },
            icon(passed && next === null ? 'check' : 'alert'),
            h(
              'div',
              { class: 'row-text' },
              h('span', { class: 'visually-hidden' }, wordsOf(passed, next)),
              h('strong', {}, names[name] ?? name),
              h('small', {}, measured),
              next !== null && h('p', {}, next),
            ),
          ),
        ),
      ),
      clipBytes !== undefined && clip(address.clip, poster, clipBytes, `${titleId} ${version}.mp4`),
      pictures.length > 0 &&
        h(
          'div',
          { class: 'check-pictures' },
          ...pictures.map((name) => picture(address.picture(name), name)),
        ),
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
