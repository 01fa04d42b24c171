import type { Actor } from '../../config/accounts.ts'
import type { Asking } from '../accounts/access.ts'
import type { Accounts } from '../accounts/accounts.ts'

/** How a person or a key is called. */
export const nameOf = async (
  accounts: Pick<Accounts, 'ownKey' | 'view'>,
  asking: Asking,
  { kind }: Actor,
): Promise<string> =>
  kind === 'key' ? (await accounts.ownKey(asking)).name : ((await accounts.view(asking)).account?.name ?? '')
