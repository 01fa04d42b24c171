interface AuditAction {
  readonly name: string
  /** What of the request is worth keeping: no names, no addresses, no secrets. */
  detail?(body: unknown): string | null
}

const field =
  (...names: readonly string[]) =>
  (body: unknown): string | null => {
    if (typeof body !== 'object' || body === null) return null
    const values = names.map((name) => (body as Record<string, unknown>)[name])
    const known = values
      .filter((value) => typeof value === 'string' && !value.includes('@'))
      .map((value) => String(value).slice(0, 80))
    return known.length === 0 ? null : known.join(' ')
  }

/** What is noted of what the library does, by its paths. Sign-ins and new accounts are noted wherever they come from. */
export const auditActions: Readonly<Record<string, AuditAction>> = {
  '/sign-out': { name: 'signed-out' },
  '/change-password': { name: 'password-changed' },
  '/change-email': { name: 'email-change-asked' },
  '/update-user': { name: 'account-changed' },
  '/unlink-account': { name: 'sign-in-way-removed', detail: field('providerId') },
  '/revoke-session': { name: 'session-ended' },
  '/revoke-sessions': { name: 'sessions-ended' },
  '/revoke-other-sessions': { name: 'sessions-ended' },
  '/passkey/verify-registration': { name: 'passkey-added' },
  '/passkey/delete-passkey': { name: 'passkey-removed' },
  '/organization/create': { name: 'organisation-made', detail: field('kind') },
  '/organization/update': { name: 'organisation-changed' },
  '/organization/invite-member': { name: 'member-invited', detail: field('role') },
  '/organization/cancel-invitation': { name: 'invitation-cancelled' },
  '/organization/accept-invitation': { name: 'member-joined' },
  '/organization/reject-invitation': { name: 'invitation-refused' },
  '/organization/update-member-role': { name: 'role-changed', detail: field('memberId', 'role') },
  '/organization/remove-member': { name: 'member-removed', detail: field('memberIdOrEmail') },
  '/organization/leave': { name: 'member-left' },
}

/** The organisation that an answer of the library is about. */
export function orgOf(returned: unknown, body: unknown): string | null {
  const places = [returned, inside(returned, 'member'), inside(returned, 'invitation'), body]
  for (const place of places) {
    const id = inside(place, 'organizationId')
    if (typeof id === 'string') return id
  }
  // An organisation itself is told by its slug.
  const id = inside(returned, 'id')
  return typeof id === 'string' && typeof inside(returned, 'slug') === 'string' ? id : null
}

const inside = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined
