import '../ui/jitless.ts'
import { may, type Right } from '../../config/accounts.ts'
import type { AccountView } from '../../config/protocol/account.ts'
import { fillAccount, loadAccount } from '../ui/account.ts'
import { errorOf } from '../ui/api.ts'
import { h, need, replace, setText } from '../ui/dom.ts'
import { icon } from '../ui/icons.ts'
import { failureBox } from '../ui/form.ts'
import { Activity } from './activity.ts'
import {
  type ConsoleAddress,
  type Part,
  parseConsoleAddress,
  titleAddress,
  titlesAddress,
} from './address.ts'
import { type Organisation, showFrame } from './frame.ts'
import { ApiKeys } from './keys.ts'
import { Members } from './members.ts'
import { mediaApi } from './media/mediaApi.ts'
import { newOrganisation } from './newOrganisation.ts'
import { Nodes } from './nodes.ts'
import { acceptInvitation, organisationApi } from './organisationApi.ts'
import { embedApi } from './embedApi.ts'
import { eventsApi } from './eventsApi.ts'
import { publisherApi } from './publisherApi.ts'
import { TitleList } from './titleList.ts'
import { TitlePage } from './titlePage.ts'
import { UploadPanel } from './upload/panel.ts'
import { uploadApi } from './upload/uploadApi.ts'

const main = need('[data-role=main]', HTMLElement)
const frame = need('[data-role=frame]', HTMLElement)
const who = need('[data-role=who]', HTMLElement)
const said = need('[data-role=announce]', HTMLElement)
const workerAddress = need('[data-role=hash-worker]', HTMLLinkElement).href

const refreshEveryMs = 5_000

/** What is on the page now, and keeps itself fresh. */
interface Shown {
  readonly element: HTMLElement
  refresh(): Promise<void>
}

let account: Pick<AccountView, 'account' | 'organisations'> = { account: null, organisations: [] }
let shown: Shown | null = null
/** Of one organisation at a time: it goes along from page to page while it works. */
let upload: { readonly orgId: string; readonly panel: UploadPanel } | null = null

const announce = (text: string): void => setText(said, text)
const openWorker = (): Worker => new Worker(workerAddress, { type: 'module' })

function rightsIn({ id, role }: Organisation): (right: Right) => boolean {
  const actor = {
    kind: 'account',
    accountId: account.account?.id ?? '',
    playerId: account.account?.playerId ?? '',
    isOperator: false,
    roles: new Map([[id, role]]),
  } as const
  return (right) => may(actor, id, right)
}

function uploadFor(org: Organisation): UploadPanel {
  if (upload?.orgId === org.id) return upload.panel
  upload?.panel.close()
  const panel = new UploadPanel(org.id, uploadApi(org.id), openWorker, {
    done: () => void shown?.refresh(),
    addressOf: (titleId) => titleAddress(org.slug, titleId),
  })
  upload = { orgId: org.id, panel }
  return panel
}

function state(title: string, text: string, ...actions: Node[]): HTMLElement {
  return h(
    'div',
    { class: 'state' },
    icon('pad'),
    h('h1', { tabindex: -1 }, title),
    h('p', {}, text),
    ...actions,
  )
}

function show(element: HTMLElement, title: string, moveFocus: boolean): void {
  replace(main, element)
  document.title = `${title} – Publisher – Nearcade`
  if (moveFocus) element.querySelector('h1')?.focus()
}

function route(moveFocus: boolean): void {
  shown = null
  const address = parseConsoleAddress(location.hash)
  const { organisations } = account
  const org = organisations.find(({ slug }) => slug === address.org) ?? organisations[0]
  if (account.account === null) {
    replace(frame)
    const next = encodeURIComponent(`/publisher${location.search}`)
    show(
      state(
        'Bring your games to players',
        'Drop a folder with a Linux or HTML5 build here, try it by a private link, then give it to players.',
        h(
          'div',
          { class: 'form-actions' },
          h('a', { class: 'button button-go', href: `/account?next=${next}#sign-up` }, 'Make an account'),
          h('a', { class: 'button', href: `/account?next=${next}` }, 'Sign in'),
        ),
      ),
      'Sign in',
      moveFocus,
    )
    return
  }
  if (org === undefined || address.org === 'new') {
    replace(frame)
    show(
      newOrganisation(org === undefined, (slug) => void reload(titlesAddress(slug))),
      'New organisation',
      moveFocus,
    )
    return
  }
  const parts = partsFor(org)
  const part = parts.find((one) => one === address.part) ?? parts[0] ?? 'members'
  showFrame(frame, {
    organisations,
    chosen: org,
    parts: parts.map((one) => ({ part: one, label: partNames[one] })),
    part,
  })
  const page = pageOf({ ...address, part }, org, account.account.id)
  shown = page
  show(page.element, titleOf({ ...address, part }), moveFocus)
  void page.refresh()
}

const partNames: Readonly<Record<Part, string>> = {
  titles: 'Titles',
  nodes: 'Nodes',
  members: 'Members',
  keys: 'API keys',
  activity: 'Activity',
}

/** What somebody may not do is not offered; the router refuses it too. */
function partsFor(org: Organisation): readonly Part[] {
  const rights = rightsIn(org)
  const isHost = org.kind === 'host'
  return [
    isHost ? 'nodes' : 'titles',
    'members',
    ...(rights('keys:manage') && !isHost ? (['keys'] as const) : []),
    ...(rights('org:manage') ? (['activity'] as const) : []),
  ]
}

const titleOf = ({ part, titleId }: ConsoleAddress): string => titleId ?? partNames[part]

function pageOf({ part, titleId }: ConsoleAddress, org: Organisation, accountId: string): Shown {
  const rights = rightsIn(org)
  const people = organisationApi(org.id)
  if (part === 'members')
    return new Members({
      api: people,
      accountId,
      mayManage: rights('org:manage'),
      organisation: org,
      announce,
      left: () => void reload('#/'),
    })
  if (part === 'nodes') return new Nodes(people, rights('nodes:manage'))
  if (part === 'keys') return new ApiKeys(people, announce)
  if (part === 'activity') return new Activity(people)
  const api = publisherApi(org.id)
  const dropping = rights('titles:write') ? uploadFor(org).element : null
  if (titleId === null) return new TitleList(api, org.slug, dropping)
  return new TitlePage(titleId, {
    api,
    media: mediaApi(org.id, titleId),
    events: eventsApi(org.id),
    embeds: embedApi(org.id),
    orgId: org.id,
    org: org.slug,
    may: rights,
    upload: dropping,
    announce,
    gone: () => {
      location.hash = titlesAddress(org.slug)
    },
  })
}

async function reload(hash: string): Promise<void> {
  await load()
  if (location.hash === hash) route(true)
  else location.hash = hash
}

async function load(): Promise<void> {
  const view = await loadAccount()
  account = view
  fillAccount(who, view)
}

/** `?invitation=<id>`: a link from an e-mail, for whoever is signed in with its address. */
async function join(): Promise<void> {
  const invitationId = new URLSearchParams(location.search).get('invitation')
  if (invitationId === null || account.account === null) return
  history.replaceState(null, '', `/publisher${location.hash}`)
  try {
    await acceptInvitation(invitationId)
    await load()
    announce('You have joined.')
  } catch (failure) {
    main.before(failureBox(errorOf(failure)))
  }
}

async function begin(): Promise<void> {
  try {
    await load()
    await join()
    route(false)
  } catch (failure) {
    const error = errorOf(failure)
    const retry = h(
      'button',
      { class: 'button button-go', type: 'button', on: { click: () => void begin() } },
      icon('retry'),
      'Try again',
    )
    show(state(error.what, error.next, retry), 'Publisher', false)
  }
}

window.addEventListener('hashchange', () => route(true))
window.addEventListener('beforeunload', (event) => {
  if (upload?.panel.isBusy === true) event.preventDefault()
})
setInterval(() => {
  if (document.visibilityState === 'visible') void shown?.refresh()
}, refreshEveryMs)
void begin()
