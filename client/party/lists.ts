import { type PartyView, playerName } from '../../config/protocol/party.ts'
import { h } from '../ui/dom.ts'
import { icon } from '../ui/icons.ts'
import { siteText, stateText, wayText } from './words.ts'

/** Everybody with their state and their ways to the sites in question. */
export const memberRows = ({ members, sites, you, leader }: PartyView): readonly HTMLElement[] =>
  members.map((member) => {
    const { number, ways, ready, here, playing } = member
    const state = stateText(member, number === leader)
    const kind = playing || (here && ready) ? 'good' : here ? 'open' : 'away'
    return h(
      'li',
      { class: 'member', 'data-number': number },
      h('span', { class: `member-mark member-${kind}`, 'aria-hidden': 'true' }, String(number)),
      h(
        'div',
        { class: 'member-text' },
        h('h3', {}, playerName(number), number === you && h('span', { class: 'member-you' }, 'you')),
        h(
          'p',
          { class: 'member-ways' },
          ...sites.map(({ siteName }, index) =>
            h(
              'span',
              {},
              `${siteName} `,
              h(
                'span',
                { class: 'figure' },
                wayText(ways[index]?.rttMs ?? null, ways[index]?.rttSource ?? 'unknown'),
              ),
            ),
          ),
        ),
      ),
      h('span', { class: `member-state member-state-${kind}` }, kind === 'good' && icon('check'), state),
    )
  })

/** The sites that are best for all, with what speaks for and against them. */
export const siteRows = ({ sites, members, siteName: playedAt }: PartyView): readonly HTMLElement[] => {
  const best = sites.find(({ ruledOut }) => ruledOut === null)
  return sites.map((site) =>
    h(
      'li',
      { class: 'site', 'data-out': site.ruledOut !== null },
      h(
        'span',
        { class: 'site-name' },
        (playedAt === null ? site === best : site.siteName === playedAt) && icon('check'),
        site.siteName,
      ),
      h('span', { class: 'site-words' }, siteText(site, members.length)),
    ),
  )
}
