import { NearcadeError } from '../../config/errors.ts'
import type { EmbedRules, LaunchKey, NewLaunchKey } from '../../config/protocol/embed.ts'
import type { Catalogue } from '../catalogue/catalogue.ts'
import type { Clock } from '../clock.ts'
import type { Asker, Guests } from '../guests/guests.ts'
import type { EmbedStore } from '../store/embedStore.ts'
import type { PublishingStore } from '../store/publishingStore.ts'
import { createRulesBook } from './rulesBook.ts'
import { issuerOf, thumbprintOf, verifyLaunchToken } from './launchToken.ts'

/** Titles in the pages of other sites. Every failure is a NearcadeError. */
export interface Embeds {
  /** Whose pages may frame it besides our own. */
  originsOf(titleId: string): Promise<readonly string[]>
  /** @throws NearcadeError launch-token-needed, where only whom the publisher sends may play */
  admit(titleId: string, asker: Asker | null): Promise<void>
  /**
   * Whom the launch token of a publisher's backend stands for; it is used up by that.
   * @param address of this network, as the browser has it; counts where the operator has named none
   */
  launch(titleId: string, token: string, address: string): Promise<Asker>
  rules(orgId: string, titleId: string): Promise<EmbedRules>
  setRules(orgId: string, titleId: string, rules: EmbedRules): Promise<EmbedRules>
  keys(orgId: string): Promise<readonly LaunchKey[]>
  addKey(orgId: string, key: NewLaunchKey): Promise<LaunchKey>
  dropKey(orgId: string, keyId: string): Promise<readonly LaunchKey[]>
}

const mostKeys = 10
const useEveryMs = 60_000
const noRules: EmbedRules = { origins: [], launchTokenRequired: false }

export function createEmbeds(context: {
  readonly store: EmbedStore
  readonly titles: Pick<PublishingStore, 'find'>
  readonly catalogue: Pick<Catalogue, 'isBuiltIn'>
  readonly guests: Pick<Guests, 'launchedPlayer'>
  /** Whose pages may frame the titles that the router came with. */
  readonly origins: readonly string[]
  /** Where browsers find this network; null: nobody has said. */
  readonly publicUrl: string | null
  readonly clock: Pick<Clock, 'now' | 'monotonic'>
}): Embeds {
  const { store, titles, catalogue, guests, clock } = context
  const book = createRulesBook(store, clock)
  const builtIn: EmbedRules = { origins: [...context.origins], launchTokenRequired: false }
  const rulesOf = async (titleId: string): Promise<EmbedRules> =>
    catalogue.isBuiltIn(titleId) ? builtIn : ((await book.of(titleId)) ?? noRules)

  /** @throws NearcadeError title-not-found for a title of somebody else, too */
  async function own(orgId: string, titleId: string): Promise<void> {
    if ((await titles.find(titleId))?.orgId !== orgId) throw new NearcadeError('title-not-found')
  }

  /** Not with each token of many: a minute is near enough for people. */
  async function noteUse(orgId: string, key: LaunchKey | undefined, nowMs: number): Promise<void> {
    if (key === undefined || nowMs - (key.usedAtMs ?? 0) < useEveryMs) return
    await store.noteUse(orgId, key.id, nowMs)
  }

  return {
    originsOf: async (titleId) => (await rulesOf(titleId)).origins,
    async admit(titleId, asker) {
      if (asker?.launchedFor === titleId) return
      if ((await rulesOf(titleId)).launchTokenRequired) throw new NearcadeError('launch-token-needed')
    },
    async launch(titleId, token, address) {
      const issuer = issuerOf(token)
      const nowMs = clock.now()
      const keys = issuer === null ? [] : await store.keys(issuer)
      const claims = await verifyLaunchToken(token, keys, {
        titleId,
        audience: context.publicUrl ?? address,
        nowMs,
      })
      // The titles that the router came with take anybody's users; a publisher's title its publisher's.
      if (!catalogue.isBuiltIn(titleId) && (await titles.find(titleId))?.orgId !== claims.orgId)
        throw new NearcadeError('launch-token-refused', ['iss is not the publisher of this title'])
      if (!(await store.useToken(claims.orgId, claims.tokenId, claims.expiresAtMs, nowMs)))
        throw new NearcadeError('launch-token-used')
      await noteUse(
        claims.orgId,
        keys.find(({ id }) => id === claims.keyId),
        nowMs,
      )
      return { guestId: guests.launchedPlayer(claims.orgId, claims.subject), launchedFor: titleId }
    },
    async rules(orgId, titleId) {
      await own(orgId, titleId)
      return rulesOf(titleId)
    },
    async setRules(orgId, titleId, rules) {
      await own(orgId, titleId)
      await book.put(titleId, rules)
      return rules
    },
    keys: (orgId) => store.keys(orgId),
    async addKey(orgId, { name, jwk }) {
      const id = await thumbprintOf(jwk).catch((cause: unknown) => {
        throw new NearcadeError('bad-request', ['jwk: is no public key'], cause)
      })
      const known = await store.keys(orgId)
      if (known.length >= mostKeys && known.every((key) => key.id !== id))
        throw new NearcadeError('too-many-launch-keys')
      const used = known.find((one) => one.id === id)?.usedAtMs ?? null
      const key = { id, name, jwk, createdAtMs: clock.now(), usedAtMs: used }
      await store.putKey(orgId, key)
      return key
    },
    async dropKey(orgId, keyId) {
      if (!(await store.dropKey(orgId, keyId))) throw new NearcadeError('launch-key-not-found')
      return store.keys(orgId)
    },
  }
}
