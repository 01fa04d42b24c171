import type { PlacementCandidate, PlacementReport } from '../../config/protocol/placement.ts'
import { closeOnBackdrop } from '../ui/dialog.ts'
import { h } from '../ui/dom.ts'
import { msText, whenText } from '../ui/format.ts'
import { icon } from '../ui/icons.ts'
import { rttSourceWords, ruledOutWords, termName, termsShown } from './placementWords.ts'

/** Why this node: the reason in words, then every candidate with all that was weighed, best first. */
export function placementDialog(report: PlacementReport): HTMLDialogElement {
  const dialog = h(
    'dialog',
    { class: 'why', 'aria-labelledby': 'why-title', 'data-role': 'why' },
    h(
      'div',
      { class: 'dialog-body' },
      h(
        'h2',
        { id: 'why-title', tabindex: -1, autofocus: true },
        report.chosenNodeId === null ? 'Why no node yet?' : 'Why this node?',
      ),
      h('p', { class: 'why-words' }, report.inWords),
      ...partyPart(report),
      report.candidates.length > 0 && candidateTable(report),
      h(
        'p',
        { class: 'why-note' },
        `${report.party === undefined ? 'In milliseconds; the lowest total wins.' : 'In milliseconds, for you alone; between the nodes of one site the lowest total wins.'} Network, picture and display make up the time from a press to its picture; the rest weighs what those do not show, and a figure below zero is a bonus. Load also keeps seats for players who have nowhere else to go.`,
      ),
      h(
        'form',
        { method: 'dialog', class: 'dialog-actions' },
        h('button', { class: 'button button-go' }, 'Close'),
      ),
    ),
  )
  closeOnBackdrop(dialog)
  dialog.addEventListener('close', () => dialog.remove())
  return dialog
}

/** What was weighed for all players of a party together. */
function partyPart({ party }: PlacementReport): readonly HTMLElement[] {
  if (party === undefined || party.players < 2) return []
  return [
    h('h3', {}, `For the ${party.players} of you`),
    h(
      'ol',
      { class: 'why-party' },
      ...party.sites.map(({ siteName, inWords }) =>
        h('li', {}, h('strong', {}, siteName), inWords === '' ? null : `: ${inWords}`),
      ),
    ),
    h('h3', {}, 'For you'),
  ]
}

function candidateTable({ candidates, chosenNodeId }: PlacementReport): HTMLElement {
  const terms = termsShown(candidates)
  const figure = (label: string, text: string): HTMLElement =>
    h('td', { role: 'cell', class: 'figure', 'data-label': label, 'data-none': text === none }, text)
  const row = (candidate: PlacementCandidate): HTMLElement => {
    const { siteName, nodeId, rttMs, rttSource, seatsFree, scoreMs, ruledOut } = candidate
    const chosen = nodeId === chosenNodeId
    return h(
      'tr',
      { role: 'row', 'data-chosen': chosen, 'data-out': ruledOut !== null },
      h(
        'th',
        { scope: 'row', role: 'rowheader' },
        h('span', { class: 'why-site' }, chosen && icon('check'), siteName),
        h('small', {}, verdict(candidate, chosen)),
      ),
      h(
        'td',
        { role: 'cell', class: 'figure', 'data-label': 'Round trip' },
        rttMs === null ? '–' : msText(rttMs),
        h('small', {}, rttSourceWords[rttSource]),
      ),
      ...terms.map((term) => figure(termName(term), termText(candidate.terms[term]))),
      h(
        'td',
        { role: 'cell', class: 'figure why-total', 'data-label': 'Total' },
        scoreMs === null ? '–' : msText(scoreMs),
      ),
      figure('Seats free', String(seatsFree)),
    )
  }
  return h(
    'div',
    { class: 'why-scroll', tabindex: 0, role: 'region', 'aria-label': 'All candidates' },
    h(
      'table',
      { class: 'why-table', role: 'table' },
      h(
        'caption',
        { class: 'visually-hidden' },
        `${candidates.length} candidates, best first, in milliseconds`,
      ),
      h(
        'thead',
        { role: 'rowgroup' },
        h(
          'tr',
          { role: 'row' },
          ...['Site', 'Round trip', ...terms.map(termName), 'Total', 'Seats free'].map((name) =>
            h('th', { scope: 'col', role: 'columnheader' }, name),
          ),
        ),
      ),
      h('tbody', { role: 'rowgroup' }, ...candidates.map(row)),
    ),
  )
}

const none = '–'
const termText = (ms: number | undefined): string => (ms === undefined ? none : msText(ms))

function verdict({ ruledOut, heldUntilMs }: PlacementCandidate, chosen: boolean): string {
  if (chosen) return 'chosen'
  if (ruledOut === 'held' && heldUntilMs != null)
    return `${ruledOutWords.held} until ${whenText(heldUntilMs)}`
  return ruledOut === null ? 'possible' : ruledOutWords[ruledOut]
}
