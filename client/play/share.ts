import type { TitleCard } from '../../config/protocol/title.ts'
import { h, setText } from '../ui/dom.ts'
import { icon } from '../ui/icons.ts'

/** The parts of the browser that are used, so that tests bring their own. */
interface Sharing {
  share?(data: ShareData): Promise<void>
  canShare?(data: ShareData): boolean
  readonly clipboard?: Pick<Clipboard, 'writeText'>
}

/**
 * Gives the title's link to whatever the device shares with, where there is such a thing, else to the clipboard.
 * @returns what to say of it; null where the device has said it all
 */
export async function share(
  { id, name }: Pick<TitleCard, 'id' | 'name'>,
  origin: string,
  browser: Sharing,
): Promise<string | null> {
  const url = `${origin}/play/${id}`
  const data = { title: name, url }
  try {
    if (browser.share !== undefined && browser.canShare?.(data) !== false) {
      await browser.share(data)
      return null
    }
  } catch (failure) {
    // Somebody thought better of it; anything else is a reason to copy.
    if (failure instanceof Error && failure.name === 'AbortError') return null
  }
  try {
    await browser.clipboard?.writeText(url)
    return browser.clipboard === undefined ? url : 'Link copied'
  } catch {
    return url
  }
}

/** On the poster; says itself what came of it. */
export function shareButton(title: TitleCard): HTMLElement {
  const label = h('span', { role: 'status' }, 'Share')
  const onShare = async (): Promise<void> => {
    const said = await share(title, location.origin, navigator)
    if (said !== null) setText(label, said)
  }
  return h(
    'button',
    { class: 'button', type: 'button', 'data-role': 'share', on: { click: () => void onShare() } },
    icon('share'),
    label,
  )
}
