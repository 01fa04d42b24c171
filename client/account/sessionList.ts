import { errorOf } from '../ui/api.ts'
import { h, replace } from '../ui/dom.ts'
import { failureBox } from '../ui/form.ts'
import { whenText } from '../ui/format.ts'
import { section } from '../ui/section.ts'
import { authApi, type AuthSession } from './authApi.ts'

/** Where else somebody is signed in with this account. */
export class SessionList {
  readonly element: HTMLElement
  readonly #list = h('ul', { class: 'rows' })
  readonly #trouble = h('div')
  readonly #own: string
  readonly #endAll = h(
    'button',
    {
      class: 'button',
      type: 'button',
      hidden: true,
      on: { click: () => void this.#run(() => authApi.endOtherSessions()) },
    },
    'Sign out everywhere else',
  )

  /** @param own token of the session that looks */
  constructor(own: string) {
    this.#own = own
    this.element = section('sessions', 'Signed in', [this.#list, this.#trouble, this.#endAll])
    void this.#refresh()
  }

  async #refresh(): Promise<void> {
    try {
      const sessions = (await authApi.sessions()).toSorted(
        (a, b) => Number(b.token === this.#own) - Number(a.token === this.#own) || b.updatedAt - a.updatedAt,
      )
      this.#endAll.hidden = sessions.length < 2
      replace(this.#list, ...sessions.map((one) => this.#row(one)))
      replace(this.#trouble)
    } catch (failure) {
      replace(this.#trouble, failureBox(errorOf(failure)))
    }
  }

  #row({ token, userAgent, ipAddress, createdAt }: AuthSession): HTMLElement {
    const device = deviceName(userAgent ?? '')
    const isOwn = token === this.#own
    return h(
      'li',
      {},
      h(
        'div',
        { class: 'row-text' },
        device,
        isOwn && ' ',
        isOwn && h('span', { class: 'tag tag-good' }, 'this one'),
        h(
          'small',
          {},
          [`since ${whenText(createdAt)}`, ipAddress ?? ''].filter((part) => part !== '').join(', from '),
        ),
      ),
      !isOwn &&
        h(
          'button',
          {
            class: 'button button-quiet',
            type: 'button',
            'aria-label': `Sign out ${device}`,
            on: { click: () => void this.#run(() => authApi.endSession(token)) },
          },
          'Sign out',
        ),
    )
  }

  async #run(task: () => Promise<unknown>): Promise<void> {
    try {
      await task()
      await this.#refresh()
    } catch (failure) {
      replace(this.#trouble, failureBox(errorOf(failure)))
    }
  }
}

const browsers = [
  [/\bEdg\//, 'Edge'],
  [/\bOPR\//, 'Opera'],
  [/\bFirefox\//, 'Firefox'],
  [/\bChrome\//, 'Chrome'],
  [/\bSafari\//, 'Safari'],
] as const
const systems = [
  [/\bAndroid\b/, 'Android'],
  [/\b(?:iPhone|iPad)\b/, 'iOS'],
  [/\bWindows\b/, 'Windows'],
  [/\bMac OS X\b/, 'macOS'],
  [/\bCrOS\b/, 'ChromeOS'],
  [/\bLinux\b/, 'Linux'],
] as const

/** `Firefox on Linux`: enough to tell one's own devices apart. */
export function deviceName(userAgent: string): string {
  const find = (list: readonly (readonly [RegExp, string])[]): string | undefined =>
    list.find(([pattern]) => pattern.test(userAgent))?.[1]
  const browser = find(browsers) ?? 'A browser'
  const system = find(systems)
  return system === undefined ? browser : `${browser} on ${system}`
}
