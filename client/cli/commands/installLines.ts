import type { TitleDetails } from '../../../config/protocol/publishing.ts'
import { plural } from '../words.ts'

/** Which nodes could not get a version and why, a line for each reason. @param version of this one alone */
export const installLines = (
  { installs = [] }: Pick<TitleDetails, 'installs'>,
  only?: string,
): readonly string[] =>
  installs
    .filter(({ version }) => only === undefined || version === only)
    .flatMap(({ version, faults }) =>
      faults.map(({ nodes, sites, error: { what, next, details = [] } }) => {
        const why = details.length === 0 ? '' : ` (${details.join('; ')})`
        return `${version}: ${plural(nodes, 'node')} at ${sites.join(', ')} could not get it. ${what}${why} ${next}`
      }),
    )
