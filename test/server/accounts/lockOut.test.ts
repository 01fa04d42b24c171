import { expect } from 'chai'
import type { Router } from '../../../server/router.ts'
import { createManualClock, type ManualClock } from '../support/manualClock.ts'
import { openTestBed, type TestBed } from '../support/testRouter.ts'
import { openBrowser, password, signIn, signUp } from './browser.ts'

describe('wrong passwords', () => {
  let bed: TestBed
  let router: Router
  let clock: ManualClock
  before(async function () {
    this.timeout(60_000)
    bed = await openTestBed()
    clock = createManualClock(Date.now())
    router = await bed.start({}, clock)
  })
  after(() => bed.close())

  /** From a network each, so that no other limit counts. */
  const stranger = (index: number) => openBrowser(router.port, `203.0.113.${index}`)

  it('lock one network out for longer and longer, whether or not there is such an account', async () => {
    await signUp(stranger(1), 'victim@example.org')
    const waits = async (email: string, from: number): Promise<readonly unknown[]> => {
      const found: unknown[] = []
      for (let round = 0; round < 3; round += 1) {
        let answer = await signIn(stranger(from), email, 'a wrong guess')
        for (let guess = 0; answer.status === 401 && guess < 20; guess += 1)
          answer = await signIn(stranger(from), email, 'a wrong guess')
        found.push([answer.code, answer.headers.get('retry-after')])
        clock.pass(Number(answer.headers.get('retry-after')) * 1000)
      }
      return found
    }
    const known = await waits('victim@example.org', 2)
    expect(known).to.deep.equal([
      ['sign-in-locked', '30'],
      ['sign-in-locked', '60'],
      ['sign-in-locked', '120'],
    ])
    expect(await waits('nobody@example.org', 3)).to.deep.equal(known)
  })

  it('count when they come all at once, and stop the right one as well while they wait', async () => {
    await signUp(stranger(4), 'parallel@example.org')
    const answers = await Promise.all(
      Array.from({ length: 12 }, () => signIn(stranger(5), 'parallel@example.org', 'a wrong guess')),
    )
    expect(answers.filter(({ status }) => status === 401)).to.have.length(5)
    const right = await signIn(stranger(5), 'parallel@example.org')
    expect([right.status, right.code]).to.deep.equal([429, 'sign-in-locked'])
    clock.pass(31_000)
    expect((await signIn(stranger(5), 'parallel@example.org')).status).to.equal(200)
  })

  it('of many networks make strangers wait, never a browser that has signed in before', async function () {
    this.timeout(30_000)
    const owner = stranger(6)
    await signUp(owner, 'owner@example.org')
    await owner.post('/api/auth/sign-out')
    let status = 0
    for (let from = 100; status !== 429 && from < 200; from += 1)
      for (let guess = 0; status !== 429 && guess < 4; guess += 1)
        ({ status } = await signIn(stranger(from), 'owner@example.org', 'a wrong guess'))
    expect(status).to.equal(429)
    expect((await signIn(stranger(201), 'owner@example.org')).code).to.equal('sign-in-locked')
    expect((await signIn(owner, 'owner@example.org', 'mistyped')).status).to.equal(401)
    expect((await signIn(owner, 'owner@example.org')).status).to.equal(200)
  })

  it('of somebody who holds a session are counted too, for that session alone', async () => {
    const owner = stranger(7)
    await signUp(owner, 'session@example.org')
    const change = (currentPassword: string): Promise<{ status: number }> =>
      owner.post('/api/auth/change-password', { currentPassword, newPassword: 'another long password' })
    for (let guess = 0; guess < 5; guess += 1) expect((await change('wrong one')).status).to.equal(400)
    expect((await change(password)).status).to.equal(429)
    expect((await signIn(stranger(8), 'session@example.org')).status).to.equal(200)
  })

  it('are noted without the address that was tried', async () => {
    const noted = await bed.store.accounts.audit(null, null, 100)
    const refused = noted.filter(({ action }) => action === 'password-refused')
    expect(refused[0]?.detail).to.match(/^[0-9a-f]{16}$/)
    expect(refused[0]?.address).to.equal('203.0.113.0/24')
    expect(JSON.stringify(refused)).not.to.contain('@')
  })

  it('of one network are bounded for all accounts together', async () => {
    const statuses: number[] = []
    for (let index = 0; index < 40; index += 1)
      statuses.push((await signIn(stranger(9), `person-${index}@example.org`, 'a wrong guess')).status)
    expect(statuses.filter((status) => status === 401).length).to.be.within(20, 31)
    expect(statuses.at(-1)).to.equal(429)
  })
})
