import type { SessionView } from '../../config/protocol/api.ts'
import type { PlacementReport } from '../../config/protocol/placement.ts'
import { placementDialog } from './placementDialog.ts'

/** Why the session is where it is: asked for once per choice of the router, shown in words and, on demand, in full. */
export class Why {
  #report: PlacementReport | null = null
  /** Which session and choice was asked for last. */
  #asked = ''
  readonly #fetch: (sessionId: string) => Promise<PlacementReport>
  readonly #onWords: (inWords: string | null) => void

  /** @param onWords hears the reason in words whenever it is another one, null while it is not known */
  constructor(
    fetch: (sessionId: string) => Promise<PlacementReport>,
    onWords: (inWords: string | null) => void,
  ) {
    this.#fetch = fetch
    this.#onWords = onWords
  }

  /** Takes note of a view; a new node, or a wait for one, is a new choice to ask about. */
  heard(view: SessionView): void {
    const { state } = view
    if (this.#report !== null && this.#report.sessionId !== view.id) {
      this.#report = null
      this.#onWords(null)
    }
    if (state.kind === 'requested' || state.kind === 'ended') return
    const choice = `${view.id} ${'nodeId' in state ? state.nodeId : state.kind}`
    if (choice === this.#asked) return
    this.#asked = choice
    void this.#ask(view.id, choice)
  }

  /** False: there is nothing to show. */
  open(): boolean {
    if (this.#report === null) return false
    if (document.querySelector('dialog[open]') !== null) return true
    const dialog = placementDialog(this.#report)
    document.body.append(dialog)
    dialog.showModal()
    return true
  }

  async #ask(sessionId: string, choice: string): Promise<void> {
    try {
      const report = await this.#fetch(sessionId)
      if (this.#asked !== choice) return
      this.#report = report
      this.#onWords(report.inWords)
    } catch {
      // The game matters more than the reason; the next change of node asks again.
    }
  }
}
