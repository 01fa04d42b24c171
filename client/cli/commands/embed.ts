import { isEmbedOrigin } from '../../../config/embedOrigins.ts'
import { embedRules } from '../../../config/protocol/embed.ts'
import { asMember, type Context, shortPatience } from '../context.ts'
import { Fault } from '../fault.ts'
import { patiently } from '../patience.ts'
import type { Outcome } from '../terminal.ts'

export interface EmbedChange {
  readonly allow?: readonly string[]
  readonly disallow?: readonly string[]
  readonly launchToken?: 'required' | 'optional'
}

/** Who may show a title in their pages; with a change, changed first. */
export function embed(
  context: Context,
  titleId: string,
  { allow = [], disallow = [], launchToken }: EmbedChange,
): Promise<Outcome> {
  const bad = allow.filter((origin) => !isEmbedOrigin(origin))
  if (bad.length > 0)
    throw new Fault('usage', {
      code: 'bad-origin',
      what: `${bad.join(', ')} is no origin of pages.`,
      next: 'Write such as https://shop.example, https://*.shop.example or http://localhost:5173: nothing after the host and its port.',
    })
  return asMember(context, async ({ router, orgId }) => {
    const patience = shortPatience(context)
    const { signal } = patience
    const at = `/api/orgs/${[orgId, 'titles', titleId, 'embed'].map(encodeURIComponent).join('/')}`
    const before = await patiently(() => router.call(embedRules, 'GET', at, { signal }), patience)
    const wanted = {
      origins: [...new Set([...before.origins, ...allow])].filter((origin) => !disallow.includes(origin)),
      launchTokenRequired:
        launchToken === undefined ? before.launchTokenRequired : launchToken === 'required',
    }
    const isChange = allow.length + disallow.length > 0 || launchToken !== undefined
    const rules = isChange
      ? await patiently(() => router.call(embedRules, 'PUT', at, { json: wanted, signal }), patience)
      : before
    const snippet = [
      `<script type="module" src="${router.server}/sdk/nearcade.js"></script>`,
      `<nearcade-player game="${titleId}"></nearcade-player>`,
    ]
    return {
      result: { titleId, ...rules, snippet: snippet.join('\n'), link: `${router.server}/play/${titleId}` },
      lines: [
        rules.origins.length === 0
          ? 'No page of another site may show it.'
          : `Pages of these may show it: ${rules.origins.join(', ')}`,
        rules.launchTokenRequired
          ? 'Only players whom your backend sends with a launch token may play it.'
          : 'Everybody may play it; a launch token of your backend says who it is.',
        ...snippet,
      ],
    }
  })
}
