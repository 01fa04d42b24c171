import { expect } from 'chai'
import type { Actor } from '../../../config/accounts.ts'
import { NearcadeError } from '../../../config/errors.ts'
import { type Asking, createAccess } from '../../../server/accounts/access.ts'

const owner: Actor & { kind: 'account' } = {
  kind: 'account',
  accountId: 'a',
  playerId: 'p',
  isOperator: false,
  roles: new Map([['ours', 'developer']]),
}
const key: Actor & { kind: 'key' } = { kind: 'key', keyId: 'k', orgId: 'ours', scopes: ['titles:read'] }

const access = createAccess({
  account: ({ headers }) => Promise.resolve(headers.cookie === 'signed in' ? owner : null),
  key: (text) => Promise.resolve(text === 'nck_good' ? key : null),
  guest: (cookie) => Promise.resolve(cookie === 'guest' ? 'g' : null),
})

const codeOf = async (work: Promise<unknown>): Promise<string> => {
  try {
    await work
    return 'let in'
  } catch (cause) {
    return cause instanceof NearcadeError ? cause.code : String(cause)
  }
}

describe('the door of accounts', () => {
  it('knows guests, accounts and keys; whoever brings a key acts as the key alone', async () => {
    expect(await access.actorOf({ headers: {} })).to.deep.equal({ kind: 'guest', playerId: null })
    expect(await access.actorOf({ headers: { cookie: 'guest' } })).to.deep.equal({
      kind: 'guest',
      playerId: 'g',
    })
    expect(await access.actorOf({ headers: { cookie: 'signed in' } })).to.equal(owner)
    const both = { cookie: 'signed in', authorization: 'bearer nck_good' }
    expect(await access.actorOf({ headers: both })).to.equal(key)
    expect(await codeOf(access.actorOf({ headers: { ...both, authorization: 'Bearer nck_bad' } }))).to.equal(
      'key-refused',
    )
  })

  it('tells strangers nothing of an organisation', async () => {
    const asked = async (headers: Asking['headers'], orgId: string): Promise<string> =>
      codeOf(access.demand({ headers }, orgId, 'titles:write'))
    expect(await asked({}, 'ours')).to.equal('sign-in-needed')
    expect(await asked({ cookie: 'signed in' }, 'ours')).to.equal('let in')
    expect(await asked({ cookie: 'signed in' }, 'theirs')).to.equal('no-such-organisation')
    expect(await asked({ authorization: 'Bearer nck_good' }, 'theirs')).to.equal('no-such-organisation')
    expect(await asked({ authorization: 'Bearer nck_good' }, 'ours')).to.equal('not-allowed')
  })
})
