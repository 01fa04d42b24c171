import type { HostNode, HostNodes, JoinOffer } from '../../config/protocol/hosts.ts'
import { copyField } from '../ui/copyField.ts'
import { h, replace } from '../ui/dom.ts'
import { whenText } from '../ui/format.ts'
import { section } from '../ui/section.ts'
import { Trouble } from '../ui/trouble.ts'

export interface NodesApi {
  nodes(): Promise<HostNodes>
  offer(): Promise<JoinOffer>
}

/** The machines that an organisation brings. */
export class Nodes {
  readonly element: HTMLElement
  readonly #api: NodesApi
  readonly #list = h('ul', { class: 'rows' })
  readonly #none = h(
    'p',
    { class: 'hint', hidden: true },
    'None yet. A node is a Debian machine with two cores or more; it dials out, so that it needs no open TCP port.',
  )
  readonly #trouble = new Trouble()
  readonly #fresh = h('div')
  #shown = ''

  constructor(api: NodesApi, mayManage: boolean) {
    this.#api = api
    this.element = h(
      'div',
      { class: 'columns' },
      h(
        'section',
        { class: 'card-box', 'aria-labelledby': 'nodes-title' },
        h('h1', { id: 'nodes-title', tabindex: -1 }, 'Nodes'),
        this.#trouble.element,
        this.#none,
        this.#list,
      ),
      mayManage && this.#adding(),
    )
  }

  #adding(): HTMLElement {
    return section('add-node', 'Add a node', [
      h(
        'p',
        {},
        'On the machine, with Nearcade installed, run one command. It tests the machine, says all that is missing at once, and joins.',
      ),
      this.#fresh,
      h(
        'div',
        { class: 'form-actions' },
        h(
          'button',
          { class: 'button button-go', type: 'button', on: { click: () => void this.#offer() } },
          'Make the command',
        ),
      ),
    ])
  }

  /** The only time that a token is seen. */
  async #offer(): Promise<void> {
    try {
      const { token, expiresAtMs } = await this.#api.offer()
      this.#trouble.clear()
      const [input, copy, said] = copyField('join-command', `npx nearcade edge join ${token}`, 'command')
      replace(
        this.#fresh,
        h(
          'div',
          { class: 'told fresh', 'data-role': 'join-command' },
          h(
            'label',
            { for: 'join-command' },
            `For one machine, until ${whenText(expiresAtMs)}. An older command that nobody used is no good any more.`,
          ),
          h('div', { class: 'take' }, input, copy),
          said,
        ),
      )
      input.focus()
    } catch (failure) {
      this.#trouble.say(failure)
    }
  }

  async refresh(): Promise<void> {
    try {
      const { nodes } = await this.#api.nodes()
      this.#trouble.fresh()
      const key = JSON.stringify(nodes)
      if (key === this.#shown) return
      this.#shown = key
      this.#none.hidden = nodes.length > 0
      replace(this.#list, ...nodes.map(row))
    } catch (failure) {
      this.#trouble.stale(failure)
    }
  }
}

const idChars = 12

function row({ nodeId, joinedAtMs, now }: HostNode): HTMLElement {
  const name = now === null ? 'Away' : now.siteName
  return h(
    'li',
    { 'data-node': nodeId },
    h(
      'div',
      { class: 'row-text' },
      name,
      ' ',
      h('code', { class: 'path' }, nodeId.slice(0, idChars)),
      now !== null && h('small', {}, loadWords(now)),
      h('small', {}, `joined ${whenText(joinedAtMs)}`),
    ),
    now === null
      ? h('span', { class: 'tag tag-bad' }, 'not connected')
      : h('span', { class: 'tag' }, now.draining ? 'takes nobody new' : 'in service'),
  )
}

const loadWords = ({ seats, seatsFree, titles }: NonNullable<HostNode['now']>): string =>
  `${seats - seatsFree} of ${seats} ${seats === 1 ? 'seat' : 'seats'} in use, ${titles} ${titles === 1 ? 'title' : 'titles'}`
