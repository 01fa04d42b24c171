import * as z from 'zod/mini'
import { type Role, roles } from '../../config/accounts.ts'
import {
  apiKeyList,
  type ApiKeyView,
  auditPage,
  type AuditPage,
  madeApiKey,
  type MadeApiKey,
  type NewApiKey,
} from '../../config/protocol/account.ts'
import { hostNodes, type HostNodes, joinOffer, type JoinOffer } from '../../config/protocol/hosts.ts'
import { call } from '../ui/api.ts'
import { authFault } from '../ui/authWords.ts'

const anything = z.unknown()
const role = z.enum(roles)

const organisation = z.object({ id: z.string(), slug: z.string() })

const member = z.object({
  id: z.string(),
  userId: z.string(),
  role,
  user: z.object({ name: z.string(), email: z.string() }),
})
export type Member = z.infer<typeof member>

const invitation = z.object({
  id: z.string(),
  email: z.string(),
  role,
  status: z.string(),
  expiresAt: z.pipe(
    z.string(),
    z.transform((text: string) => Date.parse(text)),
  ),
})
export type Invitation = z.infer<typeof invitation>

const ask = <T>(schema: z.ZodMiniType<T>, method: 'GET' | 'POST', path: string, body?: unknown): Promise<T> =>
  call(schema, method, `/api/auth/organization${path}`, {
    faultOf: authFault,
    ...(body === undefined ? {} : { body }),
  })

/** @returns its slug */
export const makeOrganisation = async (
  name: string,
  slug: string,
  kind: 'publisher' | 'host',
): Promise<string> => (await ask(organisation, 'POST', '/create', { name, slug, kind })).slug

export const acceptInvitation = (invitationId: string): Promise<unknown> =>
  ask(anything, 'POST', '/accept-invitation', { invitationId })

export interface OrganisationApi {
  members(): Promise<readonly Member[]>
  invitations(): Promise<readonly Invitation[]>
  invite(email: string, role: Role): Promise<unknown>
  cancelInvitation(invitationId: string): Promise<unknown>
  changeRole(memberId: string, role: Role): Promise<unknown>
  remove(memberId: string): Promise<unknown>
  leave(): Promise<unknown>
  keys(): Promise<readonly ApiKeyView[]>
  makeKey(wanted: NewApiKey): Promise<MadeApiKey>
  revokeKey(keyId: string): Promise<unknown>
  /** @param before id of the last entry that is known; null: from the newest on */
  activity(before: number | null): Promise<AuditPage['entries']>
  nodes(): Promise<HostNodes>
  /** A token for one machine. */
  offer(): Promise<JoinOffer>
}

export function organisationApi(organizationId: string): OrganisationApi {
  const query = `?organizationId=${encodeURIComponent(organizationId)}`
  const nodes = `/api/orgs/${encodeURIComponent(organizationId)}/nodes`
  const keys = `/api/account/keys/${encodeURIComponent(organizationId)}`
  return {
    members: async () =>
      (await ask(z.object({ members: z.array(member) }), 'GET', `/list-members${query}`)).members,
    invitations: async () =>
      (await ask(z.array(invitation), 'GET', `/list-invitations${query}`)).filter(
        ({ status }) => status === 'pending',
      ),
    invite: (email, wanted) =>
      ask(anything, 'POST', '/invite-member', { email, role: wanted, organizationId, resend: true }),
    cancelInvitation: (invitationId) => ask(anything, 'POST', '/cancel-invitation', { invitationId }),
    changeRole: (memberId, wanted) =>
      ask(anything, 'POST', '/update-member-role', { memberId, role: wanted, organizationId }),
    remove: (memberIdOrEmail) => ask(anything, 'POST', '/remove-member', { memberIdOrEmail, organizationId }),
    leave: () => ask(anything, 'POST', '/leave', { organizationId }),
    keys: async () => (await call(apiKeyList, 'GET', keys)).keys,
    makeKey: (wanted) => call(madeApiKey, 'POST', keys, { body: wanted }),
    revokeKey: (keyId) => call(anything, 'DELETE', `${keys}/${encodeURIComponent(keyId)}`),
    nodes: () => call(hostNodes, 'GET', nodes),
    offer: () => call(joinOffer, 'POST', `${nodes}/tokens`),
    activity: async (before) => {
      const from = before === null ? '' : `?before=${before}`
      return (await call(auditPage, 'GET', `/api/account/audit/${encodeURIComponent(organizationId)}${from}`))
        .entries
    },
  }
}
