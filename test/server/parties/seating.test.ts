import { expect } from 'chai'
import { NearcadeError } from '../../../config/errors.ts'
import type { LiveParty } from '../../../server/parties/book.ts'
import type { Party } from '../../../server/parties/party.ts'
import { createSeating } from '../../../server/parties/seating.ts'

describe('a party that splits up', () => {
  /** Each player gets a session, or this code. */
  async function split(failures: Readonly<Record<string, 'internal' | 'too-many-sessions'>>): Promise<{
    sessions: readonly (string | null)[]
    code: string | null
    isPut: boolean
  }> {
    const members = ['ana', 'rui', 'eva'].map((guestId, at) => ({
      number: at + 1,
      guestId,
      entry: {},
      ready: true,
      sessionId: null,
    }))
    const party = { code: 'c', titleId: 'game', members, waiting: true, siteId: null, seenAtMs: 0 }
    const live = { party, trouble: null } as unknown as LiveParty
    let isPut = false
    const seating = createSeating({
      book: {
        ipOf: () => null,
        async put(which: LiveParty, next: Party) {
          isPut = true
          which.party = next
        },
      } as never,
      ranking: {} as never,
      catalogue: {} as never,
      sessions: {
        async create(guestId: string) {
          const code = failures[guestId]
          if (code !== undefined) throw new NearcadeError(code)
          await new Promise((resolve) => setImmediate(resolve))
          return { view: { id: `session of ${guestId}` }, created: true }
        },
      } as never,
      asked: () => {},
      log: {} as never,
    })
    let code: string | null = null
    try {
      await seating.apart(live, live.party.members)
    } catch (failure) {
      if (!(failure instanceof NearcadeError)) throw failure
      code = failure.code
    }
    return { sessions: live.party.members.map(({ sessionId }) => sessionId), code, isPut }
  }

  it('shows those who have a session theirs, also where another one failed, and says that', async () => {
    expect(await split({ rui: 'internal' })).to.deep.equal({
      sessions: ['session of ana', null, 'session of eva'],
      code: 'internal',
      isPut: true,
    })
  })

  it('is as it was where nobody got a session', async () => {
    const outcome = await split({ ana: 'internal', rui: 'internal', eva: 'internal' })
    expect(outcome).to.include({ code: 'internal', isPut: false })
  })

  it('has begun where somebody has too many sessions already', async () => {
    expect(await split({ ana: 'too-many-sessions' })).to.include({ code: null, isPut: true })
  })
})
