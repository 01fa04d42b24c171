import { expect } from 'chai'
import { nextAddress, parseAccountAddress } from '../../../client/account/address.ts'
import { deviceName } from '../../../client/account/sessionList.ts'
import { parseConsoleAddress } from '../../../client/publisher/address.ts'
import { slugOf } from '../../../client/publisher/newOrganisation.ts'
import { sumBy } from '../../../client/publisher/statsWords.ts'
import { uploadWords } from '../../../client/publisher/upload/words.ts'
import { sizeText } from '../../../client/ui/format.ts'

describe('the account page', () => {
  it('leads on to pages of ours alone', () => {
    expect(nextAddress('?next=%2Fpublisher%3Finvitation%3Da')).to.equal('/publisher?invitation=a')
    for (const next of [
      'https://evil.example',
      '//evil.example',
      '/\\evil.example',
      'javascript:alert(1)',
      '',
    ])
      expect(nextAddress(`?next=${encodeURIComponent(next)}`), next).to.equal(null)
  })

  it('knows what a link in a message is for, and when it does not work any more', () => {
    expect(parseAccountAddress('?reset=1&token=abc', '')).to.deep.equal({ kind: 'reset', token: 'abc' })
    expect(parseAccountAddress('?verified=1', '')).to.deep.equal({ kind: 'verified' })
    expect(parseAccountAddress('?changed=1', '')).to.deep.equal({ kind: 'changed' })
    expect(parseAccountAddress('?reset=1&error=INVALID_TOKEN', '')).to.deep.equal({
      kind: 'broken-link',
      code: 'INVALID_TOKEN',
    })
    expect(parseAccountAddress('', '#nonsense')).to.deep.equal({ kind: 'sign-in' })
  })

  it('tells devices apart by what their browsers say', () => {
    expect(
      deviceName('Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/130.0 Safari/537.36 Edg/130.0'),
    ).to.equal('Edge on Windows')
    expect(
      deviceName('Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) Version/17.0 Safari/604.1'),
    ).to.equal('Safari on iOS')
    expect(deviceName('')).to.equal('A browser')
  })
})

describe('the console', () => {
  it('reads its address, and leaves out what makes no sense', () => {
    expect(parseConsoleAddress('#/harbour/titles/pong')).to.deep.equal({
      org: 'harbour',
      part: 'titles',
      titleId: 'pong',
    })
    expect(parseConsoleAddress('#/harbour/keys/pong')).to.deep.equal({
      org: 'harbour',
      part: 'keys',
      titleId: null,
    })
    expect(parseConsoleAddress('#/<b>/else/../x')).to.deep.equal({ org: null, part: 'titles', titleId: null })
  })

  it('makes an address of any name', () => {
    expect(slugOf('Ana & Rui’s Jogos Grátis!')).to.equal('ana-rui-s-jogos-gratis')
    expect(slugOf('静かな港')).to.equal('studio')
    expect(slugOf(`${'a'.repeat(39)} b`)).to.equal('a'.repeat(39))
  })

  it('says how far an upload is, what was there, and how long it takes only while it goes on', () => {
    const sending = {
      kind: 'sending',
      doneBytes: 60e6,
      totalBytes: 120e6,
      thereBytes: 20e6,
      bytesPerSecond: 1e6,
      isPaused: false,
      trouble: null,
    } as const
    expect(uploadWords(sending)).to.deep.equal({
      doing: 'Sending what is new',
      part: 0.5,
      figures: '60.0 MB of 120 MB · 1.00 MB/s · about 1 min left',
      note: '20.0 MB of it were there already.',
      announce: '50 percent are there.',
    })
    expect(uploadWords({ ...sending, isPaused: true })).to.include({
      doing: 'Paused',
      figures: '60.0 MB of 120 MB',
    })
  })

  it('writes sizes with as many digits as they deserve', () => {
    expect([0, 999, 1000, 12_345, 999_499, 1.25e9].map(sizeText)).to.deep.equal([
      '0 B',
      '999 B',
      '1.00 kB',
      '12.3 kB',
      '999 kB',
      '1.25 GB',
    ])
  })

  it('adds up figures by what is asked for, most plays first', () => {
    const row = (region: string, plays: number) => ({
      day: '2026-11-01',
      region,
      version: '1.0.0',
      plays,
      minutes: plays * 2,
      startP50Ms: null,
      startP95Ms: null,
      crashes: 1,
      failedStarts: 0,
      ends: {},
    })
    expect(sumBy([row('A', 1), row('B', 5), row('A', 3)], ({ region }) => region)).to.deep.equal([
      ['B', { plays: 5, minutes: 10, crashes: 1, failedStarts: 0 }],
      ['A', { plays: 4, minutes: 8, crashes: 2, failedStarts: 0 }],
    ])
  })
})
