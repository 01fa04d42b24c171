import { expect } from 'chai'
import { parseRouterSettings } from '../../config/settings/router.ts'
import { SettingsError } from '../../config/settings/parse.ts'

const parsed = (env: Record<string, string>) => parseRouterSettings(env).accounts
const openId = {
  NEARCADE_OIDC_ISSUER: 'https://login.example/realms/one',
  NEARCADE_OIDC_CLIENT_ID: 'nearcade',
  NEARCADE_OIDC_CLIENT_SECRET: 'a secret',
}

describe('settings of accounts', () => {
  it('are all empty by default', () => {
    expect(parsed({})).to.deep.equal({ publicUrl: null, mail: null, openId: null })
  })

  it('take an address, a mail server and a provider', () => {
    const mail = {
      NEARCADE_SMTP_URL: 'smtps://me:p%40ss@mail.example:465',
      NEARCADE_MAIL_FROM: 'N <n@play.example>',
    }
    expect(parsed({ NEARCADE_PUBLIC_URL: 'https://Play.example/', ...mail, ...openId })).to.deep.equal({
      publicUrl: 'https://play.example',
      mail: { smtpUrl: 'smtps://me:p%40ss@mail.example:465', from: 'N <n@play.example>' },
      openId: {
        issuer: 'https://login.example/realms/one',
        clientId: 'nearcade',
        clientSecret: 'a secret',
        name: 'OpenID',
      },
    })
    expect(parsed({ ...openId, NEARCADE_OIDC_ISSUER: 'http://127.0.0.1:9000' }).openId?.issuer).to.equal(
      'http://127.0.0.1:9000',
    )
  })

  for (const [fault, env] of [
    ['PUBLIC_URL', { NEARCADE_PUBLIC_URL: 'play.example' }],
    ['PUBLIC_URL', { NEARCADE_PUBLIC_URL: 'https://play.example/path' }],
    ['PUBLIC_URL', { NEARCADE_PUBLIC_URL: 'https://user@play.example' }],
    ['SMTP_URL', { NEARCADE_SMTP_URL: 'https://mail.example', NEARCADE_MAIL_FROM: 'n@play.example' }],
    ['MAIL_FROM', { NEARCADE_SMTP_URL: 'smtp://mail.example' }],
    ['SMTP_URL', { NEARCADE_MAIL_FROM: 'n@play.example' }],
    ['MAIL_FROM', { NEARCADE_SMTP_URL: 'smtp://mail.example', NEARCADE_MAIL_FROM: 'nobody' }],
    ['OIDC_ISSUER', { ...openId, NEARCADE_OIDC_ISSUER: 'http://login.example' }],
    ['OIDC_ISSUER', { ...openId, NEARCADE_OIDC_ISSUER: 'https://login.example/?a=b' }],
    ['OIDC_CLIENT_SECRET', { ...openId, NEARCADE_OIDC_CLIENT_SECRET: '' }],
  ] as const) {
    it(`name ${fault} in ${JSON.stringify(env)}`, () => {
      expect(() => parsed(env)).to.throw(SettingsError, `NEARCADE_${fault}`)
    })
  }
})
