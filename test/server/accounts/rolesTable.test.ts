import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { expect } from 'chai'
import { madeApiKey } from '../../../config/protocol/account.ts'
import type { Router } from '../../../server/router.ts'
import { request } from '../support/fakePlayer.ts'
import { openTestBed, type TestBed } from '../support/testRouter.ts'
import { bringIn, type Browser, makeOrganisation, openBrowser, signUp } from './browser.ts'

const actors = [
  'guest',
  'owner',
  'developer',
  'analyst',
  'foreign owner',
  'operator',
  'key',
  'bad key',
] as const
type ActorName = (typeof actors)[number]

const signIn = 'sign-in-needed'
const unknown = 'no-such-organisation'
const barred = 'not-allowed'
const key = 'key-refused'

interface Call {
  readonly method: string
  /** `:org` stands for the organisation. */
  readonly path: string
  readonly body?: unknown
  /** In the order of `actors`: a status that is let in, or the code of a refusal. */
  readonly answers: readonly (number | string)[]
}

const newKey = { name: 'builds', scopes: ['titles:read'] }
const ownersOnly = [signIn, 200, barred, barred, unknown, unknown, barred, key] as const

const booking = {
  idempotencyKey: 'one',
  titleId: 'none',
  name: 'Finals',
  fromMs: 1,
  toMs: 2,
  where: { kind: 'players', seats: 1 },
}
const members = (answer: number | string): Call['answers'] => [
  signIn,
  answer,
  answer,
  answer,
  unknown,
  unknown,
  answer,
  key,
]
const publishers = (answer: number | string): Call['answers'] =>
  members(answer).map((one, at) => (actors[at] === 'analyst' ? barred : one))
const operators = (answer: number | string): Call['answers'] =>
  actors.map((name) => (name === 'operator' ? answer : 'not-found'))

/** Nodes of hosts. */
const nodes: readonly Call[] = [
  {
    method: 'GET',
    path: '/api/orgs/:org/nodes',
    answers: [signIn, 200, 200, 200, unknown, unknown, barred, key],
  },
  {
    method: 'POST',
    path: '/api/orgs/:org/nodes/tokens',
    answers: [signIn, 201, 201, barred, unknown, unknown, barred, key],
  },
]

/** Seats for events. */
const events: readonly Call[] = [
  { method: 'GET', path: '/api/orgs/:org/events', answers: members(200) },
  {
    method: 'GET',
    path: '/api/orgs/:org/events/room?titleId=none&fromMs=4000000000000&toMs=4000003600000',
    answers: members('event-refused'),
  },
  { method: 'POST', path: '/api/orgs/:org/events', body: booking, answers: publishers('title-not-found') },
  { method: 'GET', path: '/api/orgs/:org/events/none', answers: members('event-not-found') },
  { method: 'PATCH', path: '/api/orgs/:org/events/none', body: {}, answers: publishers('event-not-found') },
  { method: 'DELETE', path: '/api/orgs/:org/events/none', answers: publishers('event-not-found') },
  { method: 'GET', path: '/api/operator/events', answers: operators(200) },
  { method: 'DELETE', path: '/api/operator/events/none', answers: operators('event-not-found') },
]

const table: readonly Call[] = [
  { method: 'GET', path: '/api/account', answers: [200, 200, 200, 200, 200, 200, 200, 200] },
  {
    method: 'GET',
    path: '/api/account/key',
    answers: [signIn, signIn, signIn, signIn, signIn, signIn, 200, key],
  },
  { method: 'GET', path: '/api/account/keys/:org', answers: ownersOnly },
  {
    method: 'POST',
    path: '/api/account/keys/:org',
    body: newKey,
    answers: ownersOnly.map((answer) => (answer === 200 ? 201 : answer)),
  },
  {
    method: 'DELETE',
    path: '/api/account/keys/:org/none',
    answers: ownersOnly.map((answer) => (answer === 200 ? 'not-found' : answer)),
  },
  { method: 'GET', path: '/api/account/audit/:org', answers: ownersOnly },
  { method: 'GET', path: '/api/account/organisations/:org/export', answers: ownersOnly },
  {
    method: 'DELETE',
    path: '/api/account/organisations/:org',
    body: { name: 'Another name' },
    answers: ownersOnly.map((answer) => (answer === 200 ? 'bad-request' : answer)),
  },
  {
    method: 'GET',
    path: '/api/account/leaving',
    answers: [signIn, 200, 200, 200, 200, 200, signIn, key],
  },
  { method: 'GET', path: '/api/account/player', answers: [200, 200, 200, 200, 200, 200, barred, key] },
  {
    method: 'GET',
    path: '/api/account/player/export',
    answers: ['guest-needed', 200, 200, 200, 200, 200, barred, key],
  },
  {
    method: 'DELETE',
    path: '/api/account/player',
    answers: ['guest-needed', 200, 200, 200, 200, 200, barred, key],
  },
  {
    method: 'GET',
    path: '/api/account/audit',
    answers: [signIn, barred, barred, barred, barred, 200, barred, key],
  },
  {
    method: 'POST',
    path: '/api/account/operator',
    body: { token: 'no such' },
    answers: [signIn, 'link-used', 'link-used', 'link-used', 'link-used', 'link-used', signIn, key],
  },
  {
    method: 'GET',
    path: '/api/operator/sessions',
    answers: ['not-found', 'not-found', 'not-found', 'not-found', 'not-found', 200, 'not-found', 'not-found'],
  },
  { method: 'GET', path: '/operator', answers: [404, 404, 404, 404, 404, 200, 404, 404] },
]

const door = '/api/auth/organization'
const ofOrg = { organizationId: ':org' }
const insiders = [401, 200, 200, 200, 403, 403, 401, 401] as const
const owners = [401, 200, 403, 403, 400, 400, 401, 401] as const
/** The library's doors, where organisations are members' alone. */
const doors: readonly Call[] = [
  { method: 'GET', path: `${door}/list-members?organizationId=:org`, answers: insiders },
  { method: 'GET', path: `${door}/list-invitations?organizationId=:org`, answers: insiders },
  { method: 'GET', path: `${door}/get-full-organization?organizationId=:org`, answers: insiders },
  { method: 'POST', path: `${door}/update`, body: { ...ofOrg, data: { name: 'Again' } }, answers: owners },
  {
    method: 'POST',
    path: `${door}/invite-member`,
    body: { ...ofOrg, email: 'new@example.org', role: 'analyst' },
    answers: owners,
  },
  {
    method: 'POST',
    path: `${door}/update-member-role`,
    body: { ...ofOrg, memberId: ':analyst', role: 'analyst' },
    answers: owners,
  },
  { method: 'POST', path: `${door}/delete`, body: ofOrg, answers: actors.map(() => 404) },
  { method: 'GET', path: '/api/auth/list-sessions', answers: [401, 200, 200, 200, 200, 200, 401, 401] },
  {
    method: 'GET',
    path: '/api/auth/passkey/list-user-passkeys',
    answers: [401, 200, 200, 200, 200, 200, 401, 401],
  },
  { method: 'GET', path: '/api/auth/get-session', answers: [200, 200, 200, 200, 200, 200, 200, 200] },
]

describe('who may do what with accounts', () => {
  let bed: TestBed
  let router: Router
  let orgId: string
  const ask = new Map<ActorName, (call: Call) => ReturnType<typeof request>>()

  before(async function () {
    this.timeout(60_000)
    bed = await openTestBed()
    await writeFile(path.join(bed.folder, 'web', 'operator.html'), '<!doctype html><title>Operator</title>')
    router = await bed.start()
    const people = new Map<ActorName, Browser>()
    for (const [index, name] of actors.slice(0, 6).entries()) {
      const browser = openBrowser(router.port, `198.51.100.${index}`)
      if (name !== 'guest') await signUp(browser, `${name.replace(' ', '-')}@example.org`)
      people.set(name, browser)
    }
    const person = (name: ActorName): Browser => people.get(name) ?? openBrowser(router.port)
    orgId = await makeOrganisation(person('owner'), 'studio')
    await makeOrganisation(person('foreign owner'), 'elsewhere')
    await bringIn(person('owner'), orgId, person('developer'), 'developer')
    await bringIn(person('owner'), orgId, person('analyst'), 'analyst')
    const { accounts } = bed.store
    await accounts.offerOperator('offered', 0)
    await accounts.takeOperator('offered', (await person('operator').account()).account?.id ?? '', 0)
    const made = await person('owner').post(`/api/account/keys/${orgId}`, {
      name: 'all',
      scopes: ['titles:read', 'titles:write', 'titles:publish', 'stats:read'],
    })
    const good = madeApiKey.parse(made.body).key
    // What the router remembers of the operator's account is from before.
    await person('operator').post('/api/auth/update-user', { name: 'The operator' })

    const pathOf = ({ path: at }: Call): string => at.replace(':org', orgId)
    const listed = await person('owner').get(`/api/auth/organization/list-members?organizationId=${orgId}`)
    const ids = new Map(
      (listed.body as { members: { id: string; role: string }[] }).members.map(({ id, role }) => [role, id]),
    )
    const bodyOf = ({ body }: Call): unknown =>
      body === undefined
        ? undefined
        : JSON.stringify(body)
            .replace(':org', orgId)
            .replace(':analyst', ids.get('analyst') ?? '')
    for (const [name, { cookies }] of people) {
      const cookie = [...cookies].map(([of, value]) => `${of}=${value}`).join('; ')
      const from = { 'x-forwarded-for': '203.0.113.1', ...(cookie === '' ? {} : { cookie }) }
      ask.set(name, (call) => request(router.port, call.method, pathOf(call), bodyOf(call), from))
    }
    for (const [name, text] of [
      ['key', good],
      ['bad key', `${good.slice(0, -2)}__`],
    ] as const) {
      const headers = { 'x-forwarded-for': '203.0.113.2', authorization: `Bearer ${text}` }
      ask.set(name, (call) => request(router.port, call.method, pathOf(call), bodyOf(call), headers))
    }
  })
  after(() => bed.close())

  for (const call of [...table, ...events, ...nodes, ...doors]) {
    it(`${call.method} ${call.path}`, async () => {
      const got: unknown[] = []
      for (const name of actors) {
        const answer = await ask.get(name)?.(call)
        const wanted = call.answers[got.length]
        got.push(typeof wanted === 'number' ? answer?.status : (answer?.code ?? answer?.status))
      }
      expect(Object.fromEntries(actors.map((name, index) => [name, got[index]]))).to.deep.equal(
        Object.fromEntries(actors.map((name, index) => [name, call.answers[index]])),
      )
    })
  }
})
