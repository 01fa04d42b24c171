import '../ui/jitless.ts'
import type { WireError } from '../../config/errors.ts'
import type { EventView } from '../../config/protocol/events.ts'
import { errorOf } from '../ui/api.ts'
import { placementDialog } from '../play/placementDialog.ts'
import { ask as confirm } from '../ui/dialog.ts'
import { h, need, replace, setText } from '../ui/dom.ts'
import { askToken, rememberedToken, rememberToken, tokenFromLink } from './access.ts'
import { DemandPanel } from './demandPanel.ts'
import { EventTable } from './eventTable.ts'
import { type OperatorApi, operatorApi } from './operatorApi.ts'
import { SessionTable } from './sessionTable.ts'
import { QueueTable, ServedTable, SiteTable, summary } from './tables.ts'
import { plural } from './words.ts'
import { WorldMap } from './worldMap.ts'

const mapEveryMs = 5_000
const demandEveryMs = 60_000

const main = need('[data-role=main]', HTMLElement)
const updated = need('[data-role=updated]', HTMLElement)
const announce = need('[data-role=announce]', HTMLElement)

function enter(token: string): void {
  rememberToken(token)
  replace(main, h('p', { class: 'loading' }, 'Loading…'))
  void open(operatorApi(token), token)
}

function ask(error: WireError | null): void {
  rememberToken(null)
  setText(updated, '')
  askToken(main, error === null ? null : `${error.what} ${error.next}`, enter)
}

/** Shows the view once the first answer is there, and keeps it fresh while somebody looks. */
async function open(api: OperatorApi, token: string | null): Promise<void> {
  const world = new WorldMap()
  const sites = new SiteTable((siteId) => world.focus(siteId))
  const [served, queues, demand] = [new ServedTable(), new QueueTable(), new DemandPanel()]
  const sessions = new SessionTable((sessionId) => void why(sessionId))
  const figures = h('div')
  const events = new EventTable((event) => void callOff(event))
  const trouble = h('p', { class: 'trouble', role: 'alert', hidden: true })
  const view = [
    trouble,
    figures,
    h('div', { class: 'over' }, world.element, sites.element),
    h('div', { class: 'under' }, served.element, queues.element),
    sessions.element,
    events.element,
    demand.element,
  ]
  let seenAtMs = 0
  let demandAtMs = Number.NEGATIVE_INFINITY

  async function refresh(): Promise<void> {
    try {
      const map = await api.map()
      seenAtMs = Date.now()
      if (main.firstElementChild !== trouble) {
        replace(main, ...view)
        setText(announce, plural(map.sites.length, 'site', 'sites'))
      }
      replace(figures, summary(map))
      sites.show(map)
      served.show(map)
      queues.show(map)
      world.show(map)
      sessions.show(await api.sessions())
      events.show(await api.events())
      if (performance.now() - demandAtMs >= demandEveryMs) {
        demand.show(await api.demand())
        demandAtMs = performance.now()
      }
      trouble.hidden = true
    } catch (failure) {
      const error = errorOf(failure)
      if (error.code === 'operator-only' || error.code === 'not-found') {
        stop()
        // Nobody has entered a wrong one yet.
        ask(token === null ? null : error)
        return
      }
      if (main.firstElementChild !== trouble) replace(main, trouble)
      setText(trouble, `${error.what} ${error.next}`)
      trouble.hidden = false
    }
    tick()
  }

  async function why(sessionId: string): Promise<void> {
    try {
      const dialog = placementDialog(await api.placement(sessionId))
      document.body.append(dialog)
      dialog.showModal()
    } catch (failure) {
      const error = errorOf(failure)
      setText(trouble, `${error.what} ${error.next}`)
      trouble.hidden = false
    }
  }

  async function callOff({ eventId, name }: EventView): Promise<void> {
    const sure = await confirm({
      title: `Call off ${name}?`,
      text: 'Its seats are everybody’s at once; those who play go on. Its publisher reads that you did it.',
      yes: 'Call it off',
      no: 'Keep it',
      danger: true,
    })
    if (!sure) return
    try {
      events.show(await api.cancelEvent(eventId))
      setText(announce, `${name} is called off.`)
    } catch (failure) {
      const error = errorOf(failure)
      setText(trouble, `${error.what} ${error.next}`)
      trouble.hidden = false
    }
  }

  function tick(): void {
    const seconds = Math.round((Date.now() - seenAtMs) / 1000)
    setText(updated, seenAtMs === 0 ? '' : seconds < 2 ? 'as of now' : `as of ${seconds} s ago`)
  }

  const onVisible = (): void => {
    if (document.visibilityState === 'visible') void refresh()
  }
  const timers = [setInterval(onVisible, mapEveryMs), setInterval(tick, 1000)]
  document.addEventListener('visibilitychange', onVisible)
  function stop(): void {
    for (const timer of timers) clearInterval(timer)
    document.removeEventListener('visibilitychange', onVisible)
  }
  await refresh()
}

const token = tokenFromLink() ?? rememberedToken()
// The operator's account needs none.
if (token === null) void open(operatorApi(null), null)
else enter(token)
