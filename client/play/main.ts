import '../ui/jitless.ts'
import { wireError } from '../../config/errors.ts'
import type { Nearcade } from '../player/exposed.ts'
import { isInLine } from '../player/phase.ts'
import { api, errorOf } from '../ui/api.ts'
import { need, replace } from '../ui/dom.ts'
import { parseAddress } from './address.ts'
import { existingSession } from './existing.ts'
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

async function main(): Promise<void> {
  const { titleId, testToken, eventToken, autostart, fresh, sessionId, party } = address
  if (titleId === null && testToken === null) {
    showError(wireError('title-not-found'))
    return
  }
  try {
    const title = testToken === null ? await api.title(titleId ?? '') : await api.stagedTitle(testToken)
    const existing = await existingSession(title.id)
    const page = new PlayPage(title, party, { testToken, eventToken })
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
