import { expect } from 'chai'
import { emailChangeOf } from '../../../server/accounts/emailChange.ts'
import { createRefusals } from '../../../server/accounts/refusals.ts'
import { createTakenPlayers } from '../../../server/accounts/takenPlayers.ts'
import { createManualClock } from '../support/manualClock.ts'

describe('lines about wrong passwords', () => {
  it('are few, however many there are', () => {
    const clock = createManualClock(0)
    const refusals = createRefusals(clock)
    const lines = Array.from({ length: 1_000 }, () => refusals.count('a', 'net')).filter(
      (one) => one !== null,
    )
    expect(lines).to.deep.equal(['a', 'a 10 times', 'a 100 times', 'a 1000 times'])
    clock.pass(3_600_000)
    expect(refusals.count('a', 'net')).to.equal('a')
    let many = 0
    for (let at = 0; at < 50_000; at += 1) if (refusals.count(`account ${at}`, 'net') !== null) many += 1
    expect(many).to.be.lessThan(210)
  })
})

describe('players of accounts', () => {
  it('are looked up once a minute, and at once when it is another answer', async () => {
    const clock = createManualClock(0)
    let taken = false
    let asked = 0
    const players = createTakenPlayers(async () => {
      asked += 1
      return taken
    }, clock)
    for (let at = 0; at < 5; at += 1) expect(await players.isTaken('p')).to.equal(false)
    taken = true
    expect(await players.isTaken('p')).to.equal(false)
    players.forget('p')
    expect(await players.isTaken('p')).to.equal(true)
    expect(asked).to.equal(2)
    clock.pass(60_000)
    await players.isTaken('p')
    expect(asked).to.equal(3)
  })
})

describe('a link that changes an address', () => {
  it('is told from one that confirms it, and from what is no link', () => {
    const tokenOf = (claims: object): string =>
      ['{"alg":"HS256"}', JSON.stringify(claims), 'x']
        .map((part) => Buffer.from(part).toString('base64url'))
        .join('.')
    const change = { email: 'a@b.c', updateTo: 'd@e.f', requestType: 'change-email-verification' }
    expect(emailChangeOf(tokenOf(change))).to.deep.equal({ from: 'a@b.c', to: 'd@e.f', isLast: true })
    expect(emailChangeOf(tokenOf({ ...change, requestType: 'change-email-confirmation' }))?.isLast).to.equal(
      false,
    )
    for (const token of [tokenOf({ email: 'a@b.c' }), 'abc', '', undefined, 7, 'a.b.c'])
      expect(emailChangeOf(token)).to.equal(null)
  })
})
