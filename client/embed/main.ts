import '../ui/jitless.ts'
import type { Nearcade } from '../player/exposed.ts'
import { existingSession } from '../play/existing.ts'
import { PlayPage } from '../play/page.ts'
import { noTokens } from '../play/request.ts'
import { errorMessage, messagePanel } from '../play/panels.ts'
import { api, errorOf } from '../ui/api.ts'
import { need, replace } from '../ui/dom.ts'
import { playAs } from '../ui/playerToken.ts'
import { type Host, hostOf } from './frame.ts'

declare global {
  interface Window {
    nearcade?: Nearcade
  }
}

/** `/embed/<titleId>` */
const titleId = /^\/embed\/([^/]+)\/?$/.exec(location.pathname)?.[1] ?? ''

/** The play page in a frame: whose page it is says who plays, no cookie does. */
async function main(host: Host): Promise<void> {
  try {
    const [title, { token }] = await Promise.all([
      api.title(titleId),
      api.embedGuest(titleId, host.hello.launchToken),
    ])
    playAs(token)
    const existing = await existingSession(titleId)
    const page = new PlayPage(title, null, noTokens, host)
    window.nearcade = page.nearcade
    page.offer(existing)
    host.tell({ kind: 'ready', titleName: title.name })
  } catch (failure) {
    const error = errorOf(failure)
    need('[data-role=play]', HTMLElement).dataset['phase'] = 'failed'
    const again = { label: 'Try again', icon: 'retry', kind: 'go', to: () => location.reload() } as const
    replace(need('[data-role=panel]', HTMLElement), messagePanel(null, errorMessage(error, [again])))
    host.tell({ kind: 'error', error })
  }
}

// Opened by itself it is a game like any other.
if (window.parent === window) location.replace(`/play/${titleId}`)
else void hostOf(window).then(main)
