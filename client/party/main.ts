import '../ui/jitless.ts'
import { type WireError, wireError } from '../../config/errors.ts'
import { api, errorOf, partyApi } from '../ui/api.ts'
import { h, need, replace } from '../ui/dom.ts'
import { icon } from '../ui/icons.ts'
import { pageProbes } from '../ui/probes.ts'
import { parsePartyAddress, partyAddress } from './address.ts'
import { entryFor, PartyPage } from './page.ts'

const root = need('[data-role=party]', HTMLElement)
const probes = pageProbes()
if (probes.results.length === 0) void probes.refresh()

/** What is wrong, and the ways on. */
function showError(error: WireError, titleId: string | null): void {
  const isOver = error.code === 'party-not-found' || error.code === 'title-not-found'
  replace(
    root,
    h(
      'div',
      { class: 'state', role: 'alert' },
      icon('alert'),
      h('h1', {}, error.what),
      h('p', {}, error.next),
      h(
        'div',
        { class: 'party-actions' },
        !isOver &&
          h(
            'button',
            { class: 'button button-go', type: 'button', on: { click: () => location.reload() } },
            icon('retry'),
            'Try again',
          ),
        isOver &&
          error.code === 'party-not-found' &&
          titleId !== null &&
          h('a', { class: 'button button-go', href: partyAddress(titleId) }, 'Begin a new party'),
        h('a', { class: 'button', href: '/' }, icon('back'), 'Back to the library'),
      ),
    ),
  )
}

/** Makes the party that the address asks for; from then on the address is that of the party. */
async function create(titleId: string): Promise<void> {
  const title = await api.title(titleId)
  const entry = await entryFor(title, probes)
  if (entry === null) return showError(wireError('no-codec'), null)
  const view = await partyApi.createParty({ ...entry, titleId })
  history.replaceState(null, '', `/party/${view.code}`)
  show(new PartyPage(title, view.code, probes, actionsFor(titleId)), view)
}

async function open(code: string): Promise<void> {
  const view = await partyApi.party(code)
  show(new PartyPage(await api.title(view.titleId), code, probes, actionsFor(view.titleId)), view)
}

const actionsFor = (titleId: string) => ({
  gone: (error: WireError) => showError(error, titleId),
  play: (address: string) => location.assign(address),
  left: () => location.assign(`/play/${titleId}`),
})

function show(page: PartyPage, view: Parameters<PartyPage['open']>[0]): void {
  replace(root, page.element)
  page.open(view)
}

async function main(): Promise<void> {
  const address = parsePartyAddress(location.pathname, location.search)
  try {
    if (address.kind === 'new') await create(address.titleId)
    else if (address.kind === 'party') await open(address.code)
    else showError(wireError('party-not-found'), null)
  } catch (failure) {
    showError(errorOf(failure), null)
  }
}

void main()
