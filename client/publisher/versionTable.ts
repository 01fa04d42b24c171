import type { TitleDetails, TitleVersion } from '../../config/protocol/publishing.ts'
import { h } from '../ui/dom.ts'
import { sizeText, whenText } from '../ui/format.ts'
import { LiveTable } from '../ui/table.ts'

export interface VersionActions {
  readonly mayStage: boolean
  readonly mayPublish: boolean
  readonly mayDelete: boolean
  stage(version: TitleVersion): void
  check(version: TitleVersion): void
  promote(version: TitleVersion): void
  remove(version: TitleVersion): void
  seeCheck(version: TitleVersion): void
}

/** Every build of a title, newest first. */
export class VersionTable {
  readonly #table = new LiveTable(
    'Versions',
    [
      { name: 'Version' },
      { name: 'Brought' },
      { name: 'By' },
      { name: 'Size', figures: true },
      { name: 'Check' },
      { name: 'Do' },
    ],
    'No version yet.',
  )
  readonly #actions: VersionActions

  constructor(actions: VersionActions) {
    this.#actions = actions
  }

  get element(): HTMLElement {
    return this.#table.element
  }

  show(details: TitleDetails): void {
    this.#table.show(details, () =>
      details.versions.map((version) => ({
        key: version.version,
        cells: [
          h('span', { class: 'figure' }, version.version),
          whenText(version.createdAtMs),
          version.createdBy,
          sizeText(version.sizeBytes),
          this.#check(version),
          this.#buttons(version, details),
        ],
      })),
    )
  }

  #check(version: TitleVersion): HTMLElement {
    const { check } = version
    switch (check.state) {
      case 'none':
        return h('span', { class: 'tag' }, 'not checked')
      case 'running':
        return h('span', { class: 'tag tag-busy' }, 'running')
      case 'passed':
      case 'failed': {
        const failed = check.report.items.filter(({ passed }) => !passed).length
        const words =
          check.state === 'passed' ? 'passed' : `failed: ${failed} of ${check.report.items.length}`
        return h(
          'button',
          {
            class: 'link',
            type: 'button',
            'aria-label': `${words}: report of ${version.version}`,
            on: { click: () => this.#actions.seeCheck(version) },
          },
          words,
        )
      }
    }
  }

  #buttons(version: TitleVersion, { channels }: TitleDetails): HTMLElement {
    const { mayStage, mayPublish, mayDelete, stage, check, promote, remove } = this.#actions
    const name = version.version
    const isStaged = channels.staging?.version === name
    const isUsed = isStaged || channels.live === name || channels.canary?.version === name
    const button = (label: string, what: string, run: (version: TitleVersion) => void): HTMLElement =>
      h(
        'button',
        {
          class: 'button button-small',
          type: 'button',
          'aria-label': what,
          on: { click: () => run(version) },
        },
        label,
      )
    const buttons = [
      mayStage && !isStaged && button('Stage', `Stage ${name}`, stage),
      mayStage &&
        isStaged &&
        version.check.state !== 'running' &&
        button(
          version.check.state === 'none' ? 'Check' : 'Check again',
          `${version.check.state === 'none' ? 'Check' : 'Check again:'} ${name}`,
          check,
        ),
      mayPublish &&
        channels.live !== name &&
        version.check.state === 'passed' &&
        button('To players', `To players: ${name}`, promote),
      mayDelete && !isUsed && button('Delete', `Delete ${name}`, remove),
    ].filter((one) => one !== false)
    return h('span', { class: 'row-actions' }, ...(buttons.length > 0 ? buttons : ['–']))
  }
}
