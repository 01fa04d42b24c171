import type { Right } from '../../config/accounts.ts'
import type { TitleDetails, TitleVersion } from '../../config/protocol/publishing.ts'
import { ask } from '../ui/dialog.ts'
import { h, replace, setText } from '../ui/dom.ts'
import { icon } from '../ui/icons.ts'
import { Trouble } from '../ui/trouble.ts'
import { titlesAddress } from './address.ts'
import { channelCards } from './channelCards.ts'
import { checkDialog } from './checkDialog.ts'
import type { EmbedApi } from './embedApi.ts'
import { EmbedPart } from './embedPart.ts'
import type { EventsApi } from './eventsApi.ts'
import { EventsPart } from './eventsPart.ts'
import { installNews } from './installNews.ts'
import { leavingPart } from './leavingPart.ts'
import type { MediaApi } from './media/mediaApi.ts'
import { MediaPart } from './media/mediaPart.ts'
import { promoteDialog } from './promoteDialog.ts'
import type { PublisherApi } from './publisherApi.ts'
import { StatsPanel } from './statsPanel.ts'
import { channelTags } from './titleList.ts'
import { VersionTable } from './versionTable.ts'

export interface TitlePageTools {
  readonly api: PublisherApi
  readonly media: MediaApi
  readonly events: EventsApi
  readonly embeds: EmbedApi
  readonly orgId: string
  readonly org: string
  readonly may: (right: Right) => boolean
  /** Where builds are dropped; null for those who may only look. */
  readonly upload: HTMLElement | null
  readonly announce: (text: string) => void
  /** The title is gone. */
  readonly gone: () => void
}

const statsEveryMs = 60_000

/** One title: who gets which version, and what can be done about it. */
export class TitlePage {
  readonly element: HTMLElement
  readonly #titleId: string
  readonly #tools: TitlePageTools
  readonly #heading = h('h1', { tabindex: -1 })
  readonly #tags = h('div', { class: 'tags' })
  readonly #trouble = new Trouble()
  readonly #news = h('div')
  readonly #channels = h('div', { class: 'channels' })
  readonly #versions: VersionTable
  readonly #media: MediaPart
  readonly #events: EventsPart
  readonly #embed: EmbedPart
  readonly #stats: StatsPanel | null
  readonly #ending = h('div', { class: 'form-actions' })
  #statsAtMs = Number.NEGATIVE_INFINITY
  #shown = ''
  #details: TitleDetails | null = null

  constructor(titleId: string, tools: TitlePageTools) {
    this.#titleId = titleId
    this.#tools = tools
    setText(this.#heading, titleId)
    const { may } = tools
    this.#versions = new VersionTable({
      mayStage: may('titles:write'),
      mayPublish: may('titles:publish'),
      mayDelete: may('titles:delete'),
      stage: (version) => void this.#stage(version),
      check: ({ version }) =>
        void this.#act(
          () => tools.api.check(titleId, version),
          `The check of ${version} has begun. It plays it on a real seat.`,
        ),
      promote: (version) => void this.#promote(version),
      remove: (version) => void this.#remove(version),
      seeCheck: (one) =>
        checkDialog(one, {
          picture: (name) => tools.api.pictureAddress(titleId, one.version, name),
          clip: tools.api.clipAddress(titleId, one.version),
        }),
    })
    const { media, announce } = tools
    this.#media = new MediaPart({ api: media, mayWrite: may('titles:write'), announce })
    this.#events = new EventsPart(titleId, tools.events, {
      mayBook: may('titles:publish'),
      announce: tools.announce,
    })
    this.#embed = new EmbedPart(titleId, tools.embeds, {
      orgId: tools.orgId,
      origin: location.origin,
      mayWrite: may('titles:write'),
      mayKeepKeys: may('launch-keys:manage'),
      announce: tools.announce,
    })
    this.#stats = may('stats:read') ? new StatsPanel(tools.api, titleId) : null
    this.element = h(
      'div',
      { class: 'title-page' },
      h(
        'p',
        {},
        h('a', { class: 'beside-link', href: titlesAddress(tools.org) }, icon('back'), 'All titles'),
      ),
      h(
        'div',
        { class: 'title-head' },
        h('div', {}, this.#heading, h('p', { class: 'hint' }, titleId)),
        this.#tags,
      ),
      this.#trouble.element,
      this.#news,
      this.#channels,
      this.#versions.element,
      tools.upload,
      this.#media.element,
      this.#events.element,
      this.#embed.element,
      this.#stats?.element,
      this.#ending,
      may('titles:delete') && leavingPart(titleId, tools),
    )
  }

  async refresh(): Promise<void> {
    try {
      this.#show(await this.#tools.api.title(this.#titleId))
      this.#trouble.fresh()
    } catch (failure) {
      this.#trouble.stale(failure)
      return
    }
    await this.#media.refresh()
    await this.#events.refresh()
    await this.#embed.refresh()
    if (this.#stats === null || performance.now() - this.#statsAtMs < statsEveryMs) return
    this.#statsAtMs = performance.now()
    await this.#stats.refresh()
  }

  #show(details: TitleDetails): void {
    const key = JSON.stringify(details)
    this.#details = details
    if (key === this.#shown) return
    this.#shown = key
    const { may } = this.#tools
    setText(this.#heading, details.name)
    document.title = `${details.name} – Publisher – Nearcade`
    replace(this.#tags, ...channelTags(details))
    replace(
      this.#news,
      details.rolledBack !== null &&
        h(
          'p',
          { class: 'failure', 'data-role': 'rolled-back' },
          h('strong', {}, `${details.rolledBack.version} was taken back by itself.`),
          ` ${details.rolledBack.why}`,
        ),
      installNews(details),
    )
    replace(
      this.#channels,
      ...channelCards(details, {
        mayPublish: may('titles:publish'),
        rollBack: () => void this.#rollBack(details),
        toAll: (version) =>
          void this.#act(
            () => this.#tools.api.promote(details.titleId, { version, channel: 'live' }),
            `All players get ${version}.`,
          ),
      }),
    )
    this.#versions.show(details)
    replace(this.#ending, may('titles:publish') && details.channels.live !== null && this.#endButton(details))
  }

  #endButton({ withdrawn, name }: TitleDetails): HTMLElement {
    const { api } = this.#tools
    return withdrawn
      ? h(
          'button',
          {
            class: 'button',
            type: 'button',
            on: {
              click: () => void this.#act(() => api.restore(this.#titleId), `${name} can be played again.`),
            },
          },
          'Let players start it again',
        )
      : h(
          'button',
          { class: 'button button-bad', type: 'button', on: { click: () => void this.#withdraw(name) } },
          'Withdraw it',
        )
  }

  async #withdraw(name: string): Promise<void> {
    const sure = await ask({
      title: `Withdraw ${name}?`,
      text: 'From now on nobody can start it. Those who play end as they like. You can let players start it again at any time.',
      yes: 'Withdraw it',
      no: 'Keep it',
      danger: true,
    })
    if (sure) await this.#act(() => this.#tools.api.withdraw(this.#titleId), `${name} is withdrawn.`)
  }

  async #rollBack({ channels, titleId }: TitleDetails): Promise<void> {
    const { live, canary } = channels
    const sure = await ask({
      title: canary === null ? `Take ${live ?? 'it'} back?` : `Take ${canary.version} back?`,
      text:
        canary === null
          ? 'New players get what was live before. Those who play keep what they have.'
          : `New players get ${live ?? 'what was live'}. Those who play keep what they have.`,
      yes: 'Take it back',
      no: 'Keep it',
      danger: true,
    })
    if (sure) await this.#act(() => this.#tools.api.rollBack(titleId), 'Taken back.')
  }

  #stage({ version }: TitleVersion): Promise<void> {
    return this.#act(
      () => this.#tools.api.promote(this.#titleId, { version, channel: 'staging' }),
      `${version} is on staging. Its link is above.`,
    )
  }

  async #promote({ version }: TitleVersion): Promise<void> {
    const details = this.#details
    if (details === null) return
    const share = await promoteDialog(details, version)
    if (share === null) return
    await this.#act(
      () =>
        this.#tools.api.promote(this.#titleId, {
          version,
          channel: 'live',
          ...(share === 'all' ? {} : { canaryPercent: share }),
        }),
      share === 'all' ? `All players get ${version}.` : `${share} % of the players get ${version}.`,
    )
  }

  async #remove({ version }: TitleVersion): Promise<void> {
    const sure = await ask({
      title: `Delete version ${version}?`,
      text: 'Its files go for good where no other version has them too. This cannot be undone.',
      yes: 'Delete it',
      no: 'Keep it',
      danger: true,
    })
    if (sure)
      await this.#act(() => this.#tools.api.deleteVersion(this.#titleId, version), `${version} is deleted.`)
  }

  async #act(task: () => Promise<unknown>, done: string): Promise<void> {
    try {
      await task()
      this.#trouble.clear()
      this.#tools.announce(done)
      await this.refresh()
    } catch (failure) {
      this.#trouble.say(failure)
    }
  }
}
