import type { PartyView, Togetherness } from '../../config/protocol/party.ts'
import { h } from '../ui/dom.ts'
import { isLeader } from './words.ts'

const words = {
  site: ['Each their own game', 'All on one site, so that nobody is far from the others.'],
  session: [
    'One game together',
    'All of you in the same game, each with a picture and controls of their own.',
  ],
} as const satisfies Record<Togetherness, readonly [string, string]>

/** How the party plays, where its title is for several: whoever leads chooses, the others see it. */
export class TogetherChoice {
  readonly element: HTMLFieldSetElement
  readonly #inputs: Readonly<Record<Togetherness, HTMLInputElement>>

  constructor(choose: (how: Togetherness) => void) {
    const input = (how: Togetherness): HTMLInputElement =>
      h('input', { type: 'radio', name: 'together', value: how, on: { change: () => choose(how) } })
    this.#inputs = { site: input('site'), session: input('session') }
    this.element = h(
      'fieldset',
      { class: 'together', hidden: true },
      h('legend', {}, 'How you play'),
      ...(['site', 'session'] as const).map((how) =>
        h(
          'label',
          {},
          this.#inputs[how],
          h('span', {}, h('strong', {}, words[how][0]), h('small', {}, words[how][1])),
        ),
      ),
    )
  }

  show(view: PartyView): void {
    this.element.hidden = view.mostTogether === 1 || view.you === null
    for (const [how, input] of Object.entries(this.#inputs)) {
      input.checked = view.together === how
      input.disabled = !isLeader(view) || view.state === 'starting' || view.state === 'playing'
    }
  }
}
