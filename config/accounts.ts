/** What a member of an organisation is there. */
export const roles = ['owner', 'developer', 'analyst'] as const
export type Role = (typeof roles)[number]

/** What an API key may be given. */
export const scopes = [
  'titles:read',
  'titles:write',
  'titles:publish',
  'stats:read',
  'launch-keys:manage',
] as const
export type Scope = (typeof scopes)[number]

/** What somebody may do in an organisation; what is no scope is for people alone. */
export type Right =
  | Scope
  | 'org:manage'
  | 'keys:manage'
  | 'titles:delete'
  | 'data:export'
  | 'nodes:read'
  | 'nodes:manage'

/** Who asks. */
export type Actor =
  | { readonly kind: 'guest'; readonly playerId: string | null }
  | {
      readonly kind: 'account'
      readonly accountId: string
      readonly playerId: string
      readonly isOperator: boolean
      /** By organisation id. */
      readonly roles: ReadonlyMap<string, Role>
    }
  | {
      readonly kind: 'key'
      readonly keyId: string
      readonly orgId: string
      readonly scopes: readonly Scope[]
    }

const titleScopes = ['titles:read', 'titles:write', 'titles:publish', 'stats:read'] as const
const rightsOf: Readonly<Record<Role, readonly Right[]>> = {
  owner: [
    ...scopes,
    'org:manage',
    'keys:manage',
    'titles:delete',
    'data:export',
    'nodes:read',
    'nodes:manage',
  ],
  developer: [...titleScopes, 'nodes:read', 'nodes:manage'],
  analyst: ['titles:read', 'stats:read', 'nodes:read'],
}

/** To run the network gives nobody a right in somebody's organisation. */
export function may(actor: Actor, orgId: string, right: Right): boolean {
  switch (actor.kind) {
    case 'guest':
      return false
    case 'account': {
      const role = actor.roles.get(orgId)
      return role !== undefined && rightsOf[role].includes(right)
    }
    case 'key':
      return actor.orgId === orgId && actor.scopes.some((scope) => scope === right)
  }
}
