import {
  type EmbedRules,
  embedRules,
  type LaunchKey,
  launchKey,
  launchKeys,
  type NewLaunchKey,
} from '../../config/protocol/embed.ts'
import { call } from '../ui/api.ts'

export interface EmbedApi {
  rules(titleId: string): Promise<EmbedRules>
  setRules(titleId: string, rules: EmbedRules): Promise<EmbedRules>
  keys(): Promise<readonly LaunchKey[]>
  addKey(key: NewLaunchKey): Promise<LaunchKey>
  dropKey(keyId: string): Promise<readonly LaunchKey[]>
}

export function embedApi(orgId: string): EmbedApi {
  const at = `/api/orgs/${encodeURIComponent(orgId)}`
  const of = (titleId: string): string => `${at}/titles/${encodeURIComponent(titleId)}/embed`
  const key = (keyId: string): string => `${at}/launch-keys/${encodeURIComponent(keyId)}`
  return {
    rules: (titleId) => call(embedRules, 'GET', of(titleId)),
    setRules: (titleId, body) => call(embedRules, 'PUT', of(titleId), { body }),
    keys: async () => (await call(launchKeys, 'GET', `${at}/launch-keys`)).keys,
    addKey: (body) => call(launchKey, 'POST', `${at}/launch-keys`, { body }),
    dropKey: async (keyId) => (await call(launchKeys, 'DELETE', key(keyId))).keys,
  }
}
