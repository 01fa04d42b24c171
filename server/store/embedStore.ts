import type { EmbedRules, LaunchKey } from '../../config/protocol/embed.ts'

/** Who may embed titles, and whose backends send players there. */
export interface EmbedStore {
  /** Null: nobody has set any. */
  rulesOf(titleId: string): Promise<EmbedRules | null>
  putRules(titleId: string, rules: EmbedRules): Promise<void>
  /** Oldest first. */
  keys(orgId: string): Promise<readonly LaunchKey[]>
  /** The same key again changes its name alone. */
  putKey(orgId: string, key: LaunchKey): Promise<void>
  /** False: there is none. */
  dropKey(orgId: string, keyId: string): Promise<boolean>
  /** It signed a token that was taken. */
  noteUse(orgId: string, keyId: string, atMs: number): Promise<void>
  /** Once true for every token of an organisation; those that ran out before `nowMs` are forgotten. */
  useToken(orgId: string, tokenId: string, expiresAtMs: number, nowMs: number): Promise<boolean>
}
