import { expect } from 'chai'
import fc from 'fast-check'
import * as z from 'zod/mini'
import { errorCatalogue, NearcadeError } from '../../config/errors.ts'
import { fromBrowser } from '../../config/protocol/control.ts'
import { decodeText, decodeValue, maxMessageChars } from '../../config/protocol/decode.ts'
import { evdevByCode, maxEvdevCode } from '../../config/protocol/keyCodes.ts'
import { fromNode } from '../../config/protocol/nodeSocket.ts'
import { fromPlayer } from '../../config/protocol/playerSocket.ts'

describe('the door for messages', () => {
  for (const [name, schema] of Object.entries({ fromPlayer, fromNode, fromBrowser })) {
    it(`${name}: anything decodes to a message or a coded error, never a throw`, () => {
      fc.assert(
        fc.property(fc.anything(), (value) => {
          const decoded = decodeValue<unknown>(schema, value)
          if (!decoded.ok) expect(decoded.error.code).to.equal('bad-message')
        }),
      )
    })
  }

  it('names the field that is wrong', () => {
    const decoded = decodeText(fromPlayer, JSON.stringify({ kind: 'attach', sessionId: '../etc' }))
    expect(decoded.ok).to.equal(false)
    if (!decoded.ok) expect(decoded.error.details[0]).to.match(/^sessionId: /)
  })

  it('refuses what is wrong in more places than anybody would count', () => {
    const wrong = decodeValue(z.array(z.string()), Array(400_000).fill(0))
    expect(wrong).to.deep.include({ ok: false })
  })

  it('refuses what is not JSON and what is too large', () => {
    const codeOf = (text: string) => {
      const decoded = decodeText(fromPlayer, text)
      return decoded.ok ? null : decoded.error.code
    }
    expect(codeOf('{')).to.equal('bad-message')
    expect(codeOf('"'.padEnd(maxMessageChars + 1))).to.equal('message-too-large')
  })
})

describe('error catalogue', () => {
  it('says for each code what happened and what to do', () => {
    for (const [code, entry] of Object.entries(errorCatalogue)) {
      expect(code).to.match(/^[a-z]+(-[a-z]+)*$/)
      expect(entry.what, code).to.match(/\.$/)
      expect(entry.next, code).to.match(/\.$/)
      expect(entry.status, code).to.be.within(400, 599)
    }
  })

  it('crosses the wire without its cause', () => {
    const error = new NearcadeError('internal', ['store'], new Error('secret'))
    expect(JSON.stringify(error.toWire())).to.not.contain('secret')
  })
})

describe('key codes', () => {
  it('are distinct evdev codes that fit an X keycode', () => {
    const codes = Object.values(evdevByCode)
    expect(new Set(codes).size).to.equal(codes.length)
    for (const code of codes) expect(code).to.be.within(1, maxEvdevCode)
  })
})
