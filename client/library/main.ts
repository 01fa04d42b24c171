import '../ui/jitless.ts'
import type { WireError } from '../../config/errors.ts'
import type { SessionView } from '../../config/protocol/api.ts'
import type { TitleCard } from '../../config/protocol/title.ts'
import { showAccount } from '../ui/account.ts'
import { api, errorOf } from '../ui/api.ts'
import { ask } from '../ui/dialog.ts'
import { h, need, replace, setText } from '../ui/dom.ts'
import { icon } from '../ui/icons.ts'
import { pageProbes } from '../ui/probes.ts'
import { matches } from './availability.ts'
import { gridCard, heroCard } from './cards.ts'
import { graceLeftMs, sessionCard } from './continueRow.ts'
import { detailsDialog } from './details.ts'

const list = need('[data-role=list]', HTMLElement)
const announce = need('[data-role=announce]', HTMLElement)
const continueSection = need('[data-role=continue]', HTMLElement)
const sessionList = need('[data-role=sessions]', HTMLElement)
const search = need('[data-role=search]', HTMLElement)
const searchInput = need('[data-role=search] input', HTMLInputElement)
const near = need('[data-role=near]', HTMLElement)

const refreshEveryMs = 5_000
const searchFrom = 7

let titles: readonly TitleCard[] | null = null
let shown = ''
let cards: { tick(nowMs: number): void }[] = []
let shownSessions = ''

const probes = pageProbes()

/** Builds the catalogue anew only when something on it has changed, so that focus and hover stay where they are. */
function showTitles(all: readonly TitleCard[]): void {
  const query = searchInput.value.trim()
  const found = query === '' ? all : all.filter((title) => matches(title, query))
  const key = JSON.stringify([query, found])
  search.hidden = all.length < searchFrom
  if (key === shown) return
  shown = key
  const focused = document.activeElement?.closest('[data-title]')?.getAttribute('data-title')
  const focusedHref = document.activeElement?.getAttribute('href')
  const [first, ...others] = found
  if (all.length === 0) showEmpty()
  else if (first === undefined) showNothingFound(query)
  else if (query !== '') replace(list, h('ul', { class: 'grid' }, ...found.map(gridCard)))
  else replace(list, heroCard(first), h('ul', { class: 'grid' }, ...others.map(gridCard)))
  if (query !== '') setText(announce, `${found.length} of ${all.length} games`)
  if (focused !== null && focused !== undefined && typeof focusedHref === 'string')
    list
      .querySelector<HTMLElement>(`[data-title="${CSS.escape(focused)}"] [href="${CSS.escape(focusedHref)}"]`)
      ?.focus()
}

function state(
  name: 'alert' | 'search' | 'pad',
  title: string,
  text: string,
  ...actions: Node[]
): HTMLElement {
  return h(
    'div',
    { class: 'state', role: 'status' },
    icon(name),
    h('h2', {}, title),
    h('p', {}, text),
    ...actions,
  )
}

function showEmpty(): void {
  replace(
    list,
    state(
      'pad',
      'No games yet',
      'The catalogue is empty. Put title folders where the router looks for them, then restart it.',
    ),
  )
}

function showNothingFound(query: string): void {
  const clear = h(
    'button',
    { class: 'button', type: 'button', on: { click: () => clearSearch() } },
    'Show all games',
  )
  replace(list, state('search', 'Nothing found', `No game matches “${query}”.`, clear))
}

function clearSearch(): void {
  searchInput.value = ''
  if (titles !== null) showTitles(titles)
  searchInput.focus()
}

function showError(error: WireError): void {
  shown = ''
  const retry = h(
    'button',
    { class: 'button button-go', type: 'button', on: { click: () => void refresh() } },
    icon('retry'),
    'Try again',
  )
  replace(list, state('alert', error.what, error.next, retry))
}

function showSessions(sessions: readonly SessionView[]): void {
  const live = sessions.filter((session) => session.state.kind !== 'ended')
  continueSection.hidden = live.length === 0
  const key = JSON.stringify([live, titles?.length])
  if (key === shownSessions) return
  shownSessions = key
  const built = live.map((session) =>
    sessionCard(
      session,
      titles?.find((title) => title.id === session.titleId),
      () => void endSession(session),
    ),
  )
  cards = built
  replace(sessionList, ...built.map((card) => card.element))
  tick()
}

async function endSession(session: SessionView): Promise<void> {
  const sure = await ask({
    title: `End ${session.titleName}?`,
    text: 'What the game has not saved is lost. Its seat is free for others at once.',
    yes: 'End session',
    no: 'Keep it',
    danger: true,
  })
  if (!sure) return
  try {
    await api.endSession(session.id)
  } catch (failure) {
    const error = errorOf(failure)
    await ask({ title: error.what, text: error.next, yes: 'All right', no: 'Close' })
  }
  await refresh()
}

function tick(): void {
  for (const card of cards) card.tick(Date.now())
}

async function refresh(): Promise<void> {
  const [catalogue, mine] = await Promise.allSettled([api.titles(), api.me()])
  if (catalogue.status === 'fulfilled') {
    titles = catalogue.value
    showTitles(titles)
    showDetails()
  } else if (titles === null) showError(errorOf(catalogue.reason))
  if (mine.status === 'fulfilled') {
    const nowMs = Date.now()
    showSessions(mine.value.sessions.filter((session) => graceLeftMs(session, nowMs) !== 0))
  }
}

/** `#supertux` opens its details: a link can point there, and Back closes them. */
function showDetails(): void {
  const wanted = decodeURIComponent(location.hash.slice(1))
  const open = document.querySelector<HTMLDialogElement>('dialog.details')
  if (open !== null) {
    if (open.dataset['title'] !== wanted) open.close()
    return
  }
  const title = titles?.find((candidate) => candidate.id === wanted)
  if (title === undefined) return
  const dialog = detailsDialog(title)
  dialog.dataset['title'] = title.id
  dialog.addEventListener('close', () => {
    dialog.remove()
    if (location.hash === `#${title.id}`) history.replaceState(null, '', location.pathname + location.search)
  })
  document.body.append(dialog)
  dialog.showModal()
}

function showNearest(): void {
  const { nearest } = probes
  near.hidden = nearest === null
  if (nearest === null) return
  const { siteName, rttMs } = nearest
  replace(
    near,
    h('span', { class: 'near-dot', 'aria-hidden': 'true' }),
    h('span', {}, siteName),
    h('span', { class: 'figure' }, rttMs < 1 ? '< 1 ms' : `${Math.round(rttMs)} ms`),
  )
}

searchInput.addEventListener('input', () => {
  if (titles !== null) showTitles(titles)
})
window.addEventListener('hashchange', showDetails)
document.addEventListener('visibilitychange', () => {
  if (document.visibilityState === 'visible') void refresh()
})
window.addEventListener('pageshow', (event) => {
  if (event.persisted) void refresh()
})
setInterval(() => {
  if (document.visibilityState === 'visible') void refresh()
}, refreshEveryMs)
setInterval(tick, 1000)
void refresh()
void showAccount(need('[data-role=who]', HTMLElement))
probes.keepFresh(() => true, showNearest)
