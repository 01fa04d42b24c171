import { type WireError, wireError } from '../../config/errors.ts'
import type { JoinParty, PartyChoice, PartyEntry, PartyView } from '../../config/protocol/party.ts'
import { errorOf, partyApi } from '../ui/api.ts'

export interface PartyEvents {
  onView(view: PartyView): void
  /** The party cannot be shown any more. */
  onGone(error: WireError): void
  /** False while the router cannot be reached. */
  onReached(reached: boolean): void
}

const askEveryMs = 2_000
/** After these there is nothing to ask again for. */
const final: ReadonlySet<string> = new Set(['party-not-found', 'title-not-found'])

/** One page's hold on its party: asks how it stands, one request at a time, and carries out what its player does. */
export class PartyConnection {
  readonly #code: string
  readonly #events: PartyEvents
  #turn: Promise<unknown> = Promise.resolve()
  #timer: ReturnType<typeof setTimeout> | undefined
  #closed = false

  constructor(code: string, events: PartyEvents) {
    this.#code = code
    this.#events = events
  }

  /** Asks now, and from then on again and again. Never rejects. */
  async follow(): Promise<void> {
    clearTimeout(this.#timer)
    await this.#do(() => partyApi.party(this.#code)).then(
      () => this.#events.onReached(true),
      (failure: unknown) => {
        const error = errorOf(failure)
        if (final.has(error.code)) this.close(error)
        else this.#events.onReached(false)
      },
    )
    if (!this.#closed) this.#timer = setTimeout(() => void this.follow(), askEveryMs)
  }

  /** @returns null, or why nothing came of it; the same for the others */
  enter(entry: PartyEntry, ready: boolean): Promise<WireError | null> {
    const body: JoinParty = { ...entry, ready }
    return this.#act(() => partyApi.joinParty(this.#code, body))
  }
  choose(choice: PartyChoice): Promise<WireError | null> {
    return this.#act(() => partyApi.chooseForParty(this.#code, choice))
  }
  leave(): Promise<WireError | null> {
    return this.#act(() => partyApi.leaveParty(this.#code))
  }

  close(error?: WireError): void {
    if (this.#closed) return
    this.#closed = true
    clearTimeout(this.#timer)
    if (error !== undefined) this.#events.onGone(error)
  }

  async #act(task: () => Promise<PartyView>): Promise<WireError | null> {
    try {
      await this.#do(task)
      return null
    } catch (failure) {
      const error = errorOf(failure)
      if (!final.has(error.code)) return error
      this.close(error)
      return wireError(error.code)
    }
  }

  /** In turn, so that an older answer never replaces a newer one. */
  #do(task: () => Promise<PartyView>): Promise<void> {
    const done = this.#turn.then(task).then((view) => {
      if (!this.#closed) this.#events.onView(view)
    })
    this.#turn = done.catch(() => {})
    return done
  }
}
