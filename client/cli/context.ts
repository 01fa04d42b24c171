import { ownKey } from '../../config/protocol/apiKey.ts'
import { type Patience, patiently } from './patience.ts'
import type { RouterApi } from './router.ts'
import { type Member, memberOf, type Surroundings } from './surroundings.ts'
import type { Outcome, ProgressView } from './terminal.ts'

/** What a command works with. */
export interface Context {
  readonly around: Surroundings
  /** With `--json`, or without a terminal, nobody is asked anything. */
  readonly asks: boolean
  readonly server: string | undefined
  openProgress(): ProgressView
}

export type Action = (context: Context) => Promise<Outcome>

/** For one question: a router that starts anew is away for a moment. */
export const shortPatience = ({ around }: Context): Patience => ({ ...around, giveUpMs: 3000 })

export async function organisationOf(
  router: RouterApi,
  patience: Patience,
): Promise<{ readonly id: string; readonly name: string }> {
  const { organisation } = await patiently(
    () => router.call(ownKey, 'GET', '/api/account/key', { signal: patience.signal }),
    patience,
  )
  return organisation
}

/** Does something as the organisation whose key there is. @throws Fault */
export async function asMember(
  context: Context,
  task: (member: Member) => Promise<Outcome>,
): Promise<Outcome> {
  const member = await memberOf(context.around, context.server, (router) =>
    organisationOf(router, shortPatience(context)),
  )
  using _router = member.router
  return await task(member)
}
