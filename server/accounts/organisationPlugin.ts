import type { BetterAuth } from './betterAuth.ts'
import { organisationFault } from './faults.ts'
import type { Message } from './mail.ts'
import { invitationMessage } from './messages.ts'
import { roleOf } from './roles.ts'

const weekS = 7 * 24 * 3600

/** What roles may do to their organisation itself: owners all, the others nothing. What else they may is in `config/accounts.ts`. */
const statements = {
  organization: ['update'],
  member: ['create', 'update', 'delete'],
  invitation: ['create', 'cancel'],
} as const

/** Publishers and hosts, their members and how these come in. */
export function organisationPlugin(
  { createAccessControl, organization, refusal }: BetterAuth,
  publicUrl: string,
  send: (message: Message) => void,
) {
  const ac = createAccessControl(statements)
  const { organization: change, member, invitation } = statements
  const owner = ac.newRole({ organization: [...change], member: [...member], invitation: [...invitation] })
  const nothing = ac.newRole({ organization: [] })

  const check = (fault: string | null): void => {
    if (fault !== null) throw refusal('bad-request', [fault])
  }
  const checkRole = (role: string): void => check(roleOf(role) === role ? null : 'role: takes one role')

  return organization({
    ac,
    roles: { owner, developer: nothing, analyst: nothing },
    creatorRole: 'owner',
    organizationLimit: 20,
    membershipLimit: 200,
    invitationLimit: 50,
    invitationExpiresIn: weekS,
    cancelPendingInvitationsOnReInvite: true,
    // Titles and their players' saves belong to it.
    disableOrganizationDeletion: true,
    schema: {
      organization: { additionalFields: { kind: { type: ['publisher', 'host'], required: true } } },
    },
    async sendInvitationEmail({ id, email, role, organization: { name } }) {
      const url = `${publicUrl}/publisher?invitation=${encodeURIComponent(id)}`
      send(invitationMessage(email, name, role, url))
    },
    organizationHooks: {
      async beforeCreateOrganization({ organization: wanted }) {
        check(organisationFault(wanted, true))
      },
      async beforeUpdateOrganization({ organization: wanted }) {
        check(organisationFault(wanted, false))
      },
      async beforeCreateInvitation({ invitation: { role } }) {
        checkRole(role)
      },
      async beforeUpdateMemberRole({ newRole }) {
        checkRole(newRole)
      },
    },
  })
}
