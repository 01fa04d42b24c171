import { accountView, type AccountView } from '../../../config/protocol/account.ts'
import { type Answer, request } from '../support/fakePlayer.ts'

/** A browser without a page: it keeps its cookies. */
export interface Browser {
  readonly cookies: Map<string, string>
  get(path: string, headers?: Record<string, string>): Promise<Answer>
  post(path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>
  delete(path: string, body?: unknown): Promise<Answer>
  account(): Promise<AccountView>
  /** The guest's id that the router knows it by. */
  player(): Promise<string>
}

/** @param address where it is, as a proxy on this machine tells */
export function openBrowser(port: number, address = '192.0.2.1'): Browser {
  const cookies = new Map<string, string>()
  async function ask(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const answer = await request(port, method, path, body, {
      'x-forwarded-for': address,
      ...(cookie === '' ? {} : { cookie }),
      ...headers,
    })
    for (const text of answer.headers.getSetCookie()) {
      const [pair = ''] = text.split(';', 1)
      const name = pair.slice(0, pair.indexOf('='))
      if (/Max-Age=0/i.test(text)) cookies.delete(name)
      else cookies.set(name, pair.slice(pair.indexOf('=') + 1))
    }
    return answer
  }
  return {
    cookies,
    get: (path, headers) => ask('GET', path, undefined, headers),
    post: (path, body = {}, headers = {}) => ask('POST', path, body, headers),
    delete: (path, body) => ask('DELETE', path, body),
    account: async () => accountView.parse((await ask('GET', '/api/account')).body),
    async player() {
      const { guestId } = (await ask('GET', '/api/me')).body as { guestId: string }
      return guestId
    },
  }
}

export const password = 'correct horse battery'

export async function signUp(browser: Browser, email: string, name = 'Somebody'): Promise<void> {
  const answer = await browser.post('/api/auth/sign-up/email', { name, email, password })
  if (answer.status !== 200) throw new Error(`sign up: ${answer.status} ${JSON.stringify(answer.body)}`)
}

export const signIn = (browser: Browser, email: string, word = password): Promise<Answer> =>
  browser.post('/api/auth/sign-in/email', { email, password: word })

/** @returns its id */
export async function makeOrganisation(browser: Browser, slug: string): Promise<string> {
  const wanted = { name: `The ${slug}`, slug, kind: 'publisher' }
  const answer = await browser.post('/api/auth/organization/create', wanted)
  if (answer.status !== 200) throw new Error(`organisation: ${answer.status} ${JSON.stringify(answer.body)}`)
  return (answer.body as { id: string }).id
}

/** Invites somebody who has an account, and lets them accept. */
export async function bringIn(owner: Browser, orgId: string, member: Browser, role: string): Promise<void> {
  const { account } = await member.account()
  const wanted = { organizationId: orgId, email: account?.email, role }
  const invited = await owner.post('/api/auth/organization/invite-member', wanted)
  const invitationId = (invited.body as { id: string }).id
  const accepted = await member.post('/api/auth/organization/accept-invitation', { invitationId })
  if (accepted.status !== 200) throw new Error(`accept: ${accepted.status} ${JSON.stringify(accepted.body)}`)
}
