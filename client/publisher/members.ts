import { type Role, roles } from '../../config/accounts.ts'
import { ask } from '../ui/dialog.ts'
import { h, replace } from '../ui/dom.ts'
import { field, form, selectField } from '../ui/form.ts'
import { whenText } from '../ui/format.ts'
import { section } from '../ui/section.ts'
import { Trouble } from '../ui/trouble.ts'
import type { Invitation, Member, OrganisationApi } from './organisationApi.ts'
import { organisationLeavingPart } from './organisationLeaving.ts'

const roleNames: Readonly<Record<Role, string>> = {
  owner: 'Owner',
  developer: 'Developer',
  analyst: 'Analyst',
}
const roleHint =
  'Developers bring builds and give them to players. Analysts see titles and figures. Owners do all, also members and keys.'

export interface MemberTools {
  readonly api: OrganisationApi
  readonly accountId: string
  readonly mayManage: boolean
  announce(text: string): void
  readonly organisation: { readonly id: string; readonly name: string }
  /** One has left this organisation. */
  left(): void
}

/** Who works on the titles, and who is invited to. */
export class Members {
  readonly element: HTMLElement
  readonly #tools: MemberTools
  readonly #list = h('ul', { class: 'rows' })
  readonly #invited = h('ul', { class: 'rows' })
  readonly #invitedPart = section('invited', 'Invited', [this.#invited])
  readonly #trouble = new Trouble()
  #shown = ''

  constructor(tools: MemberTools) {
    this.#tools = tools
    this.#invitedPart.hidden = true
    this.element = h(
      'div',
      { class: 'columns' },
      h(
        'div',
        { class: 'stack' },
        h(
          'section',
          { class: 'card-box', 'aria-labelledby': 'members-title' },
          h('h1', { id: 'members-title', tabindex: -1 }, 'Members'),
          this.#trouble.element,
          this.#list,
        ),
        this.#invitedPart,
      ),
      tools.mayManage &&
        h(
          'div',
          { class: 'stack' },
          this.#inviting(),
          section('leaving', 'Leaving', [organisationLeavingPart(tools.organisation, () => tools.left())]),
        ),
    )
  }

  #inviting(): HTMLElement {
    const { api } = this.#tools
    const element = form({
      label: 'Invite somebody',
      fields: [
        field({ name: 'email', label: 'E-mail address', type: 'email', input: { autocomplete: 'off' } }),
        selectField({
          name: 'role',
          label: 'Role',
          options: roles.map((value) => ({ value, label: roleNames[value] })),
          hint: roleHint,
          value: 'developer',
        }),
      ],
      submit: 'Invite',
      task: async (values) => {
        const email = values.text('email')
        const role = roles.find((one) => one === values.text('role')) ?? 'analyst'
        await api.invite(email, role)
        element.reset()
        await this.refresh()
        return `${email} gets a message with a link. It works for seven days.`
      },
    })
    return section('invite', 'Invite somebody', [element])
  }

  async refresh(): Promise<void> {
    const { api, mayManage } = this.#tools
    try {
      const [members, invited] = await Promise.all([api.members(), mayManage ? api.invitations() : []])
      this.#trouble.fresh()
      const key = JSON.stringify([members, invited])
      if (key === this.#shown) return
      this.#shown = key
      replace(this.#list, ...members.map((one) => this.#row(one)))
      this.#invitedPart.hidden = invited.length === 0
      replace(this.#invited, ...invited.map((one) => this.#invitedRow(one)))
    } catch (failure) {
      this.#trouble.stale(failure)
    }
  }

  #row({ id, userId, role, user }: Member): HTMLElement {
    const isOwn = userId === this.#tools.accountId
    return h(
      'li',
      { 'data-member': user.email },
      h(
        'div',
        { class: 'row-text' },
        user.name,
        isOwn && ' ',
        isOwn && h('span', { class: 'tag' }, 'you'),
        h('small', {}, user.email),
      ),
      h(
        'div',
        { class: 'row-actions' },
        this.#tools.mayManage && !isOwn
          ? this.#roleSelect(id, user.name, role)
          : h('span', { class: 'tag' }, role),
        isOwn
          ? this.#button('Leave', 'Leave this organisation', () => this.#leave())
          : this.#tools.mayManage &&
              this.#button('Remove', `Remove ${user.name}`, () => this.#remove(id, user.name)),
      ),
    )
  }

  #roleSelect(memberId: string, name: string, role: Role): HTMLElement {
    const select = h(
      'select',
      { 'aria-label': `Role of ${name}`, class: 'small-select' },
      ...roles.map((value) => h('option', { value, selected: value === role }, value)),
    )
    select.addEventListener('change', () => {
      const wanted = roles.find((one) => one === select.value)
      if (wanted === undefined) return
      const ended = role === 'owner' ? ' Keys that they have made are revoked.' : ''
      void this.#run(() => this.#tools.api.changeRole(memberId, wanted), `${name} is ${wanted} now.${ended}`)
    })
    return select
  }

  #invitedRow({ id, email, role, expiresAt }: Invitation): HTMLElement {
    return h(
      'li',
      {},
      h('div', { class: 'row-text' }, email, h('small', {}, `as ${role}, until ${whenText(expiresAt)}`)),
      this.#button('Take back', `Take back the invitation of ${email}`, () =>
        this.#run(() => this.#tools.api.cancelInvitation(id), `The invitation of ${email} is taken back.`),
      ),
    )
  }

  #button(label: string, what: string, run: () => Promise<void>): HTMLElement {
    return h(
      'button',
      { class: 'button button-quiet', type: 'button', 'aria-label': what, on: { click: () => void run() } },
      label,
    )
  }

  async #remove(memberId: string, name: string): Promise<void> {
    const sure = await ask({
      title: `Remove ${name}?`,
      text: 'They see nothing of this organisation any more. What they have brought stays; keys that they have made end at once.',
      yes: 'Remove',
      no: 'Keep them',
      danger: true,
    })
    if (sure) await this.#run(() => this.#tools.api.remove(memberId), `${name} is removed.`)
  }

  async #leave(): Promise<void> {
    const sure = await ask({
      title: 'Leave this organisation?',
      text: 'You see nothing of it any more, until an owner invites you again. Keys that you have made end at once.',
      yes: 'Leave',
      no: 'Stay',
      danger: true,
    })
    if (!sure) return
    try {
      await this.#tools.api.leave()
      this.#tools.left()
    } catch (failure) {
      this.#trouble.say(failure)
    }
  }

  async #run(task: () => Promise<unknown>, done: string): Promise<void> {
    try {
      await task()
      this.#trouble.clear()
      this.#tools.announce(done)
    } catch (failure) {
      // A select shows what was wanted: it is built anew.
      this.#shown = ''
      await this.refresh()
      this.#trouble.say(failure)
      return
    }
    await this.refresh()
  }
}
