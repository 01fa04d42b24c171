import { expect } from 'chai'
import type { Browser, BrowserContext, CDPSession, Page } from 'playwright-core'
import { launchChromium } from '../support/chromium.ts'
import { type Network, startNetwork } from '../support/network.ts'
import { newContext } from './lab.ts'
import { expectGoodSight, tabTo } from './sight.ts'

const password = 'a quiet harbour 7'

describe('an account', function () {
  this.timeout(60_000)
  let network: Network
  let browser: Browser
  /** Passkeys know names alone, no addresses. */
  let address: string
  let people = 0

  before(async () => {
    network = await startNetwork()
    address = network.url.replace('127.0.0.1', 'localhost')
    browser = await launchChromium()
  })
  after(async () => {
    await browser?.close()
    await network?.[Symbol.asyncDispose]()
  })

  interface Person {
    readonly context: BrowserContext
    readonly page: Page
    readonly email: string
  }

  /** Somebody new on a browser of their own, signed in. */
  async function person(): Promise<Person> {
    const context = await newContext(browser)
    const page = await context.newPage()
    const email = `person${(people += 1)}@example.org`
    await page.goto(`${address}/account#sign-up`)
    await page.getByLabel('Name').fill('Ana Silva')
    await page.getByLabel('E-mail address').fill(email)
    await page.getByLabel('Password').fill(password)
    await page.getByRole('button', { name: 'Make the account' }).click()
    await page.getByRole('heading', { name: 'Ana Silva', level: 1 }).waitFor()
    return { context, page, email }
  }

  async function signIn(page: Page, email: string, word: string): Promise<void> {
    await page.goto(`${address}/account`)
    await page.getByLabel('E-mail address').fill(email)
    await page.getByLabel('Password').fill(word)
    await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  }
  const signedIn = (page: Page): Promise<void> =>
    page.getByRole('button', { name: 'Sign out', exact: true }).waitFor()

  it('is made by keyboard alone, and the library says whose it is', async () => {
    const context = await newContext(browser)
    const page = await context.newPage()
    await page.goto(address)
    await tabTo(page, 'Sign in')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Sign in' }).waitFor()
    await expectGoodSight(page, 'signing in')
    await tabTo(page, 'Make an account')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Make an account' }).waitFor()
    await expectGoodSight(page, 'signing up')
    for (const [label, text] of [
      ['Name', 'Rui Costa'],
      ['E-mail address', 'rui@example.org'],
      ['Password', password],
    ] as const) {
      await tabTo(page, label)
      await page.keyboard.type(text)
    }
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Rui Costa', level: 1 }).waitFor()
    await expectGoodSight(page, 'an account')
    await page.goto(address)
    await page.getByRole('link', { name: 'Your account, Rui Costa' }).waitFor()
    await expectGoodSight(page, 'the library')
    await context.close()
  })

  it('says what is wrong with a password where it was entered, and tells nobody who has an account', async () => {
    const { context, email } = await person()
    const page = await (await newContext(browser)).newPage()
    const said: string[] = []
    for (const who of [email, 'nobody@example.org']) {
      await signIn(page, who, 'not the password')
      const alert = page.getByRole('alert')
      await alert.waitFor()
      said.push(await alert.innerText())
      expect(await alert.evaluate((element) => element === document.activeElement)).to.equal(true)
    }
    expect(said[0]).to.match(/password is wrong/)
    expect(said[1]).to.equal(said[0])
    await page.context().close()
    await context.close()
  })

  it('signs in with a passkey that was added, until it is removed', async () => {
    const { context, page } = await person()
    const device: CDPSession = await context.newCDPSession(page)
    await device.send('WebAuthn.enable')
    await device.send('WebAuthn.addVirtualAuthenticator', {
      options: {
        protocol: 'ctap2',
        transport: 'internal',
        hasResidentKey: true,
        hasUserVerification: true,
        isUserVerified: true,
        automaticPresenceSimulation: true,
      },
    })
    await page.getByLabel('Name of the new passkey').fill('My key')
    await page.getByRole('button', { name: 'Add a passkey' }).click()
    await page.getByRole('button', { name: 'Remove My key' }).waitFor()
    await page.getByRole('button', { name: 'Rename My key' }).click()
    await page.getByRole('form', { name: 'Rename the passkey' }).getByLabel('Name').fill('Old key')
    await page.keyboard.press('Enter')
    await page.getByRole('button', { name: 'Remove Old key' }).waitFor()
    await page.getByRole('button', { name: 'Sign out', exact: true }).click()
    await page.getByRole('button', { name: 'Sign in with a passkey' }).click()
    await signedIn(page)
    await page.getByRole('button', { name: 'Remove Old key' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click()
    await page.getByRole('button', { name: 'Remove Old key' }).waitFor({ state: 'detached' })
    await page.getByRole('button', { name: 'Sign out', exact: true }).click()
    await page.getByRole('button', { name: 'Sign in with a passkey' }).click()
    await page.getByRole('alert').waitFor()
    await context.close()
  })

  it('gets a new password by a link that works once', async () => {
    const { context, page, email } = await person()
    await page.getByRole('button', { name: 'Sign out', exact: true }).click()
    await page.getByRole('link', { name: 'Forgotten your password?' }).click()
    await page.getByRole('heading', { name: 'Forgotten password' }).waitFor()
    await expectGoodSight(page, 'a forgotten password')
    await page.getByLabel('E-mail address').fill(email)
    await page.getByRole('button', { name: 'Send the link' }).click()
    await page.getByText('the message is on its way').waitFor()
    // Where no mail server is set, mail goes to the log.
    const link = await untilLogged(/https?:\/\/[^\s"\\]*reset-password[^\s"\\]*/)
    const other = `${password} too`
    await page.goto(link)
    await page.getByLabel('New password', { exact: true }).fill(other)
    await page.getByRole('button', { name: 'Set it' }).click()
    await page.getByText('The new password is set').waitFor()
    await signIn(page, email, other)
    await signedIn(page)
    await page.getByRole('button', { name: 'Sign out', exact: true }).click()
    await page.goto(link)
    await page.getByText('This link does not work any more').waitFor()
    await context.close()
  })

  async function untilLogged(pattern: RegExp): Promise<string> {
    const deadline = performance.now() + 10_000
    for (;;) {
      const found = [...network.router.log().matchAll(new RegExp(pattern, 'g'))].at(-1)?.[0]
      if (found !== undefined) return found
      if (performance.now() > deadline) throw new Error(`never logged: ${String(pattern)}`)
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }

  it('runs the network when it opens the link that a fresh one prints, which works once', async () => {
    const link = await untilLogged(/https?:\/\/[^\s"\\]*\/account#operator=[\w-]+/)
    const context = await newContext(browser)
    const page = await context.newPage()
    await page.goto(`${address}/account${new URL(link).hash}`)
    await page.getByText('Make the account that runs this network').waitFor()
    expect(page.url()).to.equal(`${address}/account`)
    await page.getByRole('link', { name: 'Make an account' }).click()
    await page.getByLabel('Name').fill('Olga Peres')
    await page.getByLabel('E-mail address').fill('olga@example.org')
    await page.getByLabel('Password').fill(password)
    await page.getByRole('button', { name: 'Make the account' }).click()
    await page.getByRole('heading', { name: 'Run this network?' }).waitFor()
    await expectGoodSight(page, 'the link of the operator')
    await page.getByRole('button', { name: 'Run it with this account' }).click()
    await page.getByRole('link', { name: 'Run the network' }).click()
    await page.getByRole('table', { name: 'Sites' }).waitFor()
    await context.close()

    const late = await person()
    await late.page.goto(`${address}/account${new URL(link).hash}`)
    await late.page.getByRole('button', { name: 'Run it with this account' }).click()
    await late.page.getByText('This link was used already').waitFor()
    await late.context.close()
  })

  it('signs another device out from here', async () => {
    const { context, page, email } = await person()
    const other = await newContext(browser)
    const there = await other.newPage()
    await signIn(there, email, password)
    await signedIn(there)
    await page.reload()
    await page.getByRole('button', { name: 'Sign out everywhere else' }).click()
    await page.getByRole('button', { name: 'Sign out everywhere else' }).waitFor({ state: 'hidden' })
    await there.reload()
    await there.getByRole('heading', { name: 'Sign in' }).waitFor()
    await signedIn(page)
    await other.close()
    await context.close()
  })

  it('is deleted only when its address is typed, after what it alone owns, and then for good', async () => {
    const { context, page, email: first } = await person()
    await page.getByText('Nothing is kept of you so far').waitFor()
    const email = `another-${first}`
    const change = page.getByRole('form', { name: 'Change the e-mail address' })
    await change.getByLabel('New e-mail address').fill(email)
    await change.getByLabel('Your password').fill('not this one')
    await change.getByRole('button').click()
    await change.getByRole('alert').getByText('The password is wrong').waitFor()
    await change.getByLabel('Your password').fill(password)
    await change.getByRole('button').click()
    await change.getByText(`you sign in as ${email} from now on`).waitFor()

    await page.goto(`${address}/publisher`)
    await page.getByLabel('Name').fill('Last Harbour')
    await page.getByRole('button', { name: 'Make it' }).click()
    await page.getByRole('navigation').getByRole('link', { name: 'Members' }).waitFor()
    await page.goto(`${address}/account`)
    const standing = page.getByRole('link', { name: 'Last Harbour' })
    await standing.waitFor()
    await expectGoodSight(page, 'an account that owns something')
    await standing.click()
    await page.getByText('I want to delete this organisation').click()
    const leaving = page.getByRole('form', { name: 'Delete the organisation' })
    await leaving.getByLabel('Type Last Harbour to confirm').fill('Last')
    await leaving.getByRole('button').click()
    await leaving.getByRole('alert').waitFor()
    await expectGoodSight(page, 'an organisation that leaves')
    await leaving.getByLabel('Type Last Harbour to confirm').fill('Last Harbour')
    await leaving.getByRole('button').click()
    await page.getByRole('heading', { name: 'Make your first organisation' }).waitFor()

    await page.goto(`${address}/account`)
    await page.getByText('I want to delete my account').click()
    const form = page.getByRole('form', { name: 'Delete the account' })
    await form.getByLabel(`Type ${email} to confirm`).fill('something else')
    await form.getByLabel('Password').fill(password)
    await form.getByRole('button').click()
    await signedIn(page)
    await form.getByLabel(`Type ${email} to confirm`).fill(email)
    await form.getByRole('button').click()
    await page.getByText('Your account is deleted').waitFor()
    await signIn(page, email, password)
    await page.getByRole('alert').waitFor()
    await context.close()
  })
})
