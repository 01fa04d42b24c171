import { type Command, Option } from 'commander'
import { embed, type EmbedChange } from './commands/embed.ts'
import { createLaunchKey, listLaunchKeys, type NewPair, revokeLaunchKey } from './commands/launchKeys.ts'
import type { Action } from './context.ts'

interface Common {
  readonly json?: boolean
  readonly server?: string
}
type Add = (parent: Command, usage: string, says: string, needsRouter: boolean) => Command
type Run = (common: Common, action: Action) => Promise<void>

/** Titles in pages of other sites: `nearcade title embed …`, `nearcade launch-keys …`. */
export function addEmbedding(program: Command, title: Command, add: Add, run: Run): void {
  add(
    title,
    'embed <title>',
    'Which pages of other sites may show it, and whether only your own users play it; without options: shows it.',
    true,
  )
    .option('--allow <origin...>', 'pages of these too, such as https://shop.example')
    .option('--disallow <origin...>', 'no pages of these any more')
    .addOption(
      new Option(
        '--launch-token <when>',
        'required: nobody plays it but whom your backend sends with a launch token',
      ).choices(['required', 'optional']),
    )
    .action((titleId: string, options: Common & EmbedChange) =>
      run(options, (context) => embed(context, titleId, options)),
    )

  const keys = program
    .command('launch-keys')
    .description('Launch keys: with them your backend says who its users are.')
    .helpCommand(false)
  add(keys, 'list', 'Those of your organisation, and when each was last used.', true).action(
    (options: Common) => run(options, listLaunchKeys),
  )
  add(
    keys,
    'create <name>',
    'Makes a key pair on this machine and registers its public half. The API key needs the scope launch-keys:manage.',
    true,
  )
    .option('--out <file>', 'where the private half goes, for you alone', 'launch.key')
    .option('--public <file>', 'registers this public key instead: PEM or JSON Web Key')
    .action((name: string, options: Common & NewPair) =>
      run(options, (context) => createLaunchKey(context, name, options)),
    )
  add(keys, 'revoke <key>', 'Takes it away: what it signs from now on is refused.', true).action(
    (keyId: string, options: Common) => run(options, (context) => revokeLaunchKey(context, keyId)),
  )
}
