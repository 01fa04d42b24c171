import '../ui/jitless.ts'
import { wireError } from '../../config/errors.ts'
import type { SessionView } from '../../config/protocol/api.ts'
import type { Nearcade } from '../player/exposed.ts'
import { isInLine } from '../player/phase.ts'
import { api, errorOf } from '../ui/api.ts'
import { need, replace } from '../ui/dom.ts'
import { parseAddress } from './address.ts'
import { PlayPage } from './page.ts'
import { errorMessage, messagePanel, toLibrary } from './panels.ts'

declare global {
  interface Window {
    nearcade?: Nearcade
  }
}

const address = parseAddress(location.pathname, location.search)

function showError(error: ReturnType<typeof errorOf>): void {
  need('[data-role=play]', HTMLElement).dataset['phase'] = 'failed'
  const reload = { label: 'Try again', icon: 'retry', kind: 'go', to: () => location.reload() } as const
  const actions = error.code === 'title-not-found' ? [toLibrary] : [reload, toLibrary]
  replace(need('[data-role=panel]', HTMLElement), messagePanel(null, errorMessage(error, actions)))
}

/** A session of this title that still runs or waits. Without an answer the page offers a new one. */
async function existingSession(titleId: string): Promise<SessionView | null> {
  try {
    const { sessions } = await api.me()
    return sessions.find((session) => session.titleId === titleId && session.state.kind !== 'ended') ?? null
  } catch {
    return null
  }
}

async function main(): Promise<void> {
  const { titleId, autostart, fresh, sessionId, party } = address
  if (titleId === null) {
    showError(wireError('title-not-found'))
    return
  }
  try {
    const [title, existing] = await Promise.all([api.title(titleId), existingSession(titleId)])
    const page = new PlayPage(title, party)
    window.nearcade = page.nearcade
    const resumable = sessionId ?? (fresh ? null : (existing?.id ?? null))
    if (autostart) page.beginMuted(resumable)
    else if (sessionId !== null) await page.resume(sessionId)
    // A line has no game that a first press could start: after a reload it is simply there again.
    else if (existing !== null && !fresh && isInLine(existing.state)) await page.resume(existing.id)
    else page.offer(fresh ? null : existing)
  } catch (failure) {
    showError(errorOf(failure))
  }
}

void main()
