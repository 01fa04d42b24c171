import { expect } from 'chai'
import { joinSecret, joinTokenText, parseJoinToken } from '../../config/protocol/joinToken.ts'

describe('a token to join with', () => {
  const secret = joinSecret('a'.repeat(43))

  it('carries the secret and the address through a shell and back', () => {
    for (const routerUrl of ['https://play.example', 'http://127.0.0.1:8080', 'http://[2001:db8::1]:9000'])
      expect(parseJoinToken(` ${joinTokenText({ secret, routerUrl })}\n`)).to.deep.equal({
        secret,
        routerUrl,
      })
    expect(parseJoinToken(`${secret}@https://play.example/`)?.routerUrl).to.equal('https://play.example')
  })

  it('is nothing else', () => {
    for (const text of [
      secret,
      `${secret}@`,
      `${secret}@ftp://play.example`,
      `${secret}@https://play.example/path`,
      `${secret}@https://user@play.example`,
      `${secret}@https://play.example?x`,
      `nce_short@https://play.example`,
    ])
      expect(parseJoinToken(text), text).to.equal(null)
  })
})
