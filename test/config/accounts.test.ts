import { expect } from 'chai'
import { type Actor, may, type Right, type Role, scopes } from '../../config/accounts.ts'

const member = (role: Role): Actor => ({
  kind: 'account',
  accountId: 'a',
  playerId: 'p',
  isOperator: true,
  roles: new Map([['ours', role]]),
})
const key = (orgId: string, held: readonly (typeof scopes)[number][]): Actor => ({
  kind: 'key',
  keyId: 'k',
  orgId,
  scopes: held,
})

const rights: readonly Right[] = [...scopes, 'org:manage', 'keys:manage', 'titles:delete', 'data:export']

const table: readonly (readonly [string, Actor, string, readonly Right[]])[] = [
  ['a guest', { kind: 'guest', playerId: 'p' }, 'ours', []],
  ['an owner', member('owner'), 'ours', rights],
  [
    'a developer',
    member('developer'),
    'ours',
    ['titles:read', 'titles:write', 'titles:publish', 'stats:read'],
  ],
  ['an analyst', member('analyst'), 'ours', ['titles:read', 'stats:read']],
  ['an owner elsewhere, even the operator', member('owner'), 'theirs', []],
  ['a key', key('ours', ['titles:write']), 'ours', ['titles:write']],
  ['a key of another organisation', key('theirs', scopes), 'ours', []],
  ['a key of every scope', key('ours', scopes), 'ours', scopes],
]

describe('rights in an organisation', () => {
  for (const [who, actor, orgId, granted] of table) {
    it(`${who} has ${granted.length === 0 ? 'none' : granted.join(', ')}`, () => {
      expect(rights.filter((right) => may(actor, orgId, right))).to.deep.equal(granted)
    })
  }
})
