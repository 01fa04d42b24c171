import type { Router } from '../../../server/router.ts'
import { openTestBed, type TestBed } from '../support/testRouter.ts'
import { bringIn, type Browser, makeOrganisation, openBrowser, signUp } from './browser.ts'

/** A router with an organisation, whose owner is on a browser. */
export interface Studio {
  readonly bed: TestBed
  readonly router: Router
  readonly owner: Browser
  readonly orgId: string
  /** A browser elsewhere. */
  somewhere(): Browser
  /** Somebody with an account on a browser elsewhere, in the organisation or not. */
  person(name: string, role?: string): Promise<Browser>
}

export async function openStudio(): Promise<Studio> {
  const bed = await openTestBed()
  const router = await bed.start()
  const owner = openBrowser(router.port)
  await signUp(owner, 'owner@example.org')
  const orgId = await makeOrganisation(owner, 'studio')
  let places = 0
  const somewhere = (): Browser => openBrowser(router.port, `198.51.${(places += 1)}.1`)
  return {
    bed,
    router,
    owner,
    orgId,
    somewhere,
    async person(name, role) {
      const browser = somewhere()
      await signUp(browser, `${name}@example.org`)
      if (role !== undefined) await bringIn(owner, orgId, browser, role)
      return browser
    },
  }
}
