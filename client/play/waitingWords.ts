import type { WaitOffer, WaitView } from '../../config/protocol/api.ts'
import { aboutText, msText } from '../ui/format.ts'

export const lineTitle = ({ why, hold }: WaitView): string =>
  hold !== null
    ? `A seat in ${hold.siteName} is yours`
    : why === 'full'
      ? 'Every seat near you is taken'
      : 'No node is near enough'

export function lineText({ why, position, hold }: WaitView, budgetMs: number | null): string {
  if (hold !== null)
    return hold.rttMs === null
      ? 'It is held until you take it.'
      : `It is ${msText(hold.rttMs)} ms from you, and held until you take it.`
  if (position === null) return 'Choose how to go on, or leave.'
  const agreed =
    budgetMs === null ? '' : ` You accept up to ${msText(budgetMs)} ms from a press to its picture.`
  const reason =
    why === 'full'
      ? 'You are in line. When a seat is free, it is held for you and this page asks you to take it.'
      : 'Nodes that are near enough for this game are not online. You are in line in case one comes.'
  return reason + agreed
}

export interface OfferWords {
  readonly label: string
  readonly note: string
}

/** What a player in line can do instead; with what it means for the game. */
export function offerWords(offer: WaitOffer): OfferWords {
  switch (offer.kind) {
    case 'queue':
      return {
        label: 'Wait for a near seat only',
        note: 'Within the delay that this game wants.',
      }
    case 'farther':
      return {
        label: `Play now in ${offer.siteName}`,
        note:
          offer.rttMs === null
            ? 'Nobody has measured how far it is from you. What you press may show late.'
            : `${msText(offer.rttMs)} ms from you, more than this game wants: what you press shows that much later.`,
      }
    case 'lower-budget':
      return {
        label: 'Wait for farther seats too',
        note: `Up to ${msText(offer.budgetMs)} ms from a press to its picture. All are taken now; the next ${etaWords(offer.etaMs)}.`,
      }
    default:
      return offer satisfies never
  }
}

const etaWords = (ms: number | null): string => (ms === null ? 'at an unknown time' : `in ${aboutText(ms)}`)

/** For a screen reader, in one sentence. */
export function announcement(wait: WaitView): string {
  const { position, length, etaMs, hold } = wait
  if (hold !== null)
    return `${lineTitle(wait)}. Press Play within ${Math.ceil(hold.leftMs / 1000)} seconds, or it goes to the next in line.`
  if (position === null) return `${lineTitle(wait)}. Choose how to go on.`
  const eta = etaMs === null ? '' : `, a seat in ${aboutText(etaMs)}`
  return `${lineTitle(wait)}. You are number ${position} of ${length} in line${eta}.`
}

/** What the tab says while another one is in front. */
export function tabTitle({ position, hold }: WaitView, titleName: string): string {
  if (hold !== null) return `Your seat is ready: ${titleName}`
  return position === null ? `${titleName} – Nearcade` : `(${position}) In line: ${titleName}`
}
