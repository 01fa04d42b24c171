import { expect } from 'chai'
import { SettingsError } from '../../config/settings/parse.ts'
import { parseRouterSettings } from '../../config/settings/router.ts'
import { turnCredentials } from '../../server/turn/credentials.ts'
import { iceServersFor } from '../../server/turn/iceServers.ts'

const turn = { urls: ['turn:relay.example?transport=udp'], secret: 'north', lifetimeMs: 3_600_000 }

describe('relays for players', () => {
  it('get credentials that end, made with the secret over the name', () => {
    // HMAC-SHA1 by openssl: printf '1700003600:guest-7' | openssl dgst -sha1 -hmac north -binary | base64
    expect(turnCredentials(turn, 'guest-7', 1_700_000_000_900)).to.deep.equal({
      username: '1700003600:guest-7',
      credential: 'pGdPtVeKowgp6xo+h+8Y17B2cps=',
    })
  })

  it('are none where the operator has set none up', () => {
    expect(iceServersFor(null, 'guest-7', 0)).to.deep.equal({ iceServers: [], lifetimeMs: null })
  })

  it('are set up with addresses and secret together, and with addresses of relays only', () => {
    const secret = { NEARCADE_TURN_SECRET: 'north' }
    const read = (urls: string) => parseRouterSettings({ ...secret, NEARCADE_TURN_URLS: urls }).turn
    expect(parseRouterSettings({}).turn).to.equal(null)
    expect(read('turn:relay.example, turns:[2001:db8::1]:5349?transport=tcp')).to.deep.equal({
      ...turn,
      urls: ['turn:relay.example', 'turns:[2001:db8::1]:5349?transport=tcp'],
    })
    for (const wrong of ['stun:relay.example', 'relay.example', 'turn:relay.example?transport=sctp', 'turn:'])
      expect(() => read(wrong), wrong).to.throw(SettingsError, 'turn:relay.example')
    expect(() => parseRouterSettings(secret)).to.throw(SettingsError, 'NEARCADE_TURN_URLS')
    expect(() => parseRouterSettings({ NEARCADE_TURN_URLS: 'turn:relay.example' })).to.throw(
      SettingsError,
      'NEARCADE_TURN_SECRET',
    )
  })
})
