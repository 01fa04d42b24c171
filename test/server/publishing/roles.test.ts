import { expect } from 'chai'
import { type ActorName, actors, buildOf, openPublishingBed } from './publishingBed.ts'

/** Every call of the publisher's API, and who may make it; everybody else is told why not. */
const calls: readonly {
  readonly call: string
  readonly body?: unknown
  readonly allowed: readonly ActorName[]
}[] = [
  { call: 'GET ', allowed: ['owner', 'developer', 'analyst', 'readingKey'] },
  { call: 'GET /quest', allowed: ['owner', 'developer', 'analyst', 'readingKey'] },
  { call: 'POST /versions', body: { uploadId: 'none' }, allowed: ['owner', 'developer', 'writingKey'] },
  {
    call: 'POST /quest/promote',
    body: { version: '1.0.0', channel: 'staging' },
    allowed: ['owner', 'developer', 'writingKey'],
  },
  {
    call: 'POST /quest/promote',
    body: { version: '1.0.0', channel: 'live' },
    allowed: ['owner', 'developer', 'publishingKey'],
  },
  { call: 'POST /quest/check', body: { version: '1.0.0' }, allowed: ['owner', 'developer', 'writingKey'] },
  { call: 'POST /quest/rollback', allowed: ['owner', 'developer', 'publishingKey'] },
  { call: 'POST /quest/withdraw', allowed: ['owner', 'developer', 'publishingKey'] },
  { call: 'POST /quest/restore', allowed: ['owner', 'developer', 'publishingKey'] },
  {
    call: 'GET /quest/versions/1.0.0/pictures/begin',
    allowed: ['owner', 'developer', 'analyst', 'readingKey'],
  },
  {
    call: 'GET /quest/versions/1.0.0/clip',
    allowed: ['owner', 'developer', 'analyst', 'readingKey'],
  },
  { call: 'GET /quest/stats', allowed: ['owner', 'developer', 'analyst', 'statsKey'] },
  { call: 'GET /quest/ratings', allowed: ['owner', 'developer', 'analyst', 'statsKey'] },
  { call: 'GET /quest/logs', allowed: ['owner', 'developer', 'analyst', 'statsKey'] },
  { call: 'GET /quest/export', allowed: ['owner'] },
  { call: 'DELETE /quest/versions/1.0.0', allowed: ['owner'] },
  { call: 'DELETE /quest/stats', allowed: ['owner'] },
  { call: 'GET /quest/media', allowed: ['owner', 'developer', 'analyst', 'readingKey'] },
  { call: 'POST /quest/media?kind=cover&name=a.png&alt=', allowed: ['owner', 'developer', 'writingKey'] },
  { call: 'PUT /quest/media/order', body: { ids: [] }, allowed: ['owner', 'developer', 'writingKey'] },
  { call: 'PUT /quest/media/none', body: { alt: '' }, allowed: ['owner', 'developer', 'writingKey'] },
  { call: 'DELETE /quest/media/none', allowed: ['owner', 'developer', 'writingKey'] },
  { call: 'POST /quest/media/none/restore', allowed: ['owner', 'developer', 'writingKey'] },
  { call: 'GET /quest/media/none/original', allowed: ['owner', 'developer', 'analyst', 'readingKey'] },
  { call: 'GET /quest/media/files/none', allowed: ['owner', 'developer', 'analyst', 'readingKey'] },
  { call: 'DELETE /quest', allowed: ['owner'] },
]

function refusalOf(name: ActorName): { status: number; code: string } {
  if (name === 'guest') return { status: 401, code: 'sign-in-needed' }
  if (name === 'stranger' || name === 'operator') return { status: 404, code: 'no-such-organisation' }
  return { status: 403, code: 'not-allowed' }
}

describe('who may do what with a title', () => {
  let bed: Awaited<ReturnType<typeof openPublishingBed>>
  before(async function () {
    this.timeout(60_000)
    bed = await openPublishingBed()
    await bed.call('owner', 'POST', '/versions', {
      uploadId: bed.packages.upload('org', buildOf('quest', '1.0.0')),
    })
  })
  after(() => bed.close())

  for (const { call, body, allowed } of calls)
    for (const name of Object.keys(actors) as ActorName[]) {
      const isAllowed = allowed.includes(name)
      const what = body === undefined ? call : `${call} ${JSON.stringify(body)}`
      it(`${name} ${isAllowed ? 'may' : 'may not'} ${what}`, async () => {
        const [method = '', path = ''] = call.split(' ')
        const answer = await bed.call(name, method, path, body)
        const code = (answer.body['error'] as { code?: string } | undefined)?.code
        // Allowed is whatever got past the door, to the title or to its own refusal.
        if (isAllowed) expect(code).not.to.be.oneOf(['sign-in-needed', 'no-such-organisation', 'not-allowed'])
        else expect({ status: answer.status, code }).to.deep.equal(refusalOf(name))
      })
    }

  it("shows nobody another organisation's title, not even by its name", async () => {
    for (const path of ['/quest', '/nothing']) {
      const { status, body } = await bed.call('stranger', 'GET', path, undefined, 'other')
      expect([status, (body['error'] as { code: string }).code]).to.deep.equal([404, 'title-not-found'])
    }
    const { body } = await bed.call('stranger', 'POST', '/quest/withdraw', {}, 'other')
    expect((body['error'] as { code: string }).code).equals('title-not-found')
  })
})
