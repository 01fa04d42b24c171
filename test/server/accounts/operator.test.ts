import { expect } from 'chai'
import { accountView } from '../../../config/protocol/account.ts'
import { parseRouterSettings } from '../../../config/settings/router.ts'
import { openLog } from '../../../server/log.ts'
import { type Router, startRouter } from '../../../server/router.ts'
import { openPgliteStore } from '../../../server/store/pgliteStore.ts'
import type { Store } from '../../../server/store/store.ts'
import { tempFolder } from '../support/tempFolder.ts'
import { openBrowser, signUp } from './browser.ts'

describe('the operator of a fresh network', () => {
  let folder: Awaited<ReturnType<typeof tempFolder>>
  let store: Store
  const lines: string[] = []
  before(async function () {
    this.timeout(60_000)
    folder = await tempFolder()
    store = await openPgliteStore(null)
  })
  after(async () => {
    await store.close()
    await folder.remove()
  })

  /** @returns the router, and the token of the link that it has printed */
  async function start(): Promise<{ router: Router; token: string | null }> {
    lines.length = 0
    const settings = parseRouterSettings({
      NEARCADE_PORT: '0',
      NEARCADE_DATA: folder.path,
      NEARCADE_OPERATOR_TOKEN: 'a-token-of-the-operator',
    })
    const log = {
      ...openLog('silent'),
      info: (...words: readonly unknown[]) => void lines.push(JSON.stringify(words)),
    }
    const router = await startRouter(settings, {
      store: { ...store, close: async () => {} },
      log: log as ReturnType<typeof openLog>,
    })
    return { router, token: /account#operator=([\w-]{32})(?![\w-])/.exec(lines.join('\n'))?.[1] ?? null }
  }

  it('is whoever opens the link of the last start first, once, and sees the operator’s pages from then on', async function () {
    this.timeout(30_000)
    const before = await start()
    await before.router.close()
    const { router, token } = await start()
    expect(token).to.be.a('string').and.not.to.equal(before.token)
    const first = openBrowser(router.port)
    await signUp(first, 'first@example.org')
    const second = openBrowser(router.port)
    await signUp(second, 'second@example.org')
    const claim = (by: typeof first, word: string | null) => by.post('/api/account/operator', { token: word })

    expect((await claim(openBrowser(router.port), token)).code).to.equal('sign-in-needed')
    expect((await claim(first, before.token)).code).to.equal('link-used')
    expect((await first.get('/api/operator/sessions')).code).to.equal('operator-only')
    const claimed = await claim(first, token)
    expect(accountView.parse(claimed.body).account?.isOperator).to.equal(true)
    expect((await claim(second, token)).code).to.equal('link-used')
    expect((await first.get('/api/operator/sessions')).status).to.equal(200)
    expect((await second.get('/api/operator/sessions')).code).to.equal('operator-only')
    const bearer = { authorization: 'Bearer a-token-of-the-operator' }
    expect((await second.get('/api/operator/sessions', bearer)).status).to.equal(200)
    await router.close()

    const again = await start()
    expect(again.token).to.equal(null)
    await again.router.close()
  })

  it('finds in the log what would go out by mail, where no mail server is set', async () => {
    const { router } = await start()
    const browser = openBrowser(router.port)
    await signUp(browser, 'mail@example.org')
    await browser.post('/api/auth/request-password-reset', {
      email: 'mail@example.org',
      redirectTo: '/account',
    })
    const logged = lines.find((line) => line.includes('Set a new password')) ?? ''
    expect(logged)
      .to.contain('"to":"mail@example.org"')
      .and.to.match(/http:\/\/localhost:\d+\/api\/auth\/reset-password\/\w+/)
    await router.close()
  })
})
