import { Command, InvalidArgumentError, Option } from 'commander'
import { titleSchema } from '../../config/protocol/titleSchema.ts'
import { list, logs, promote, restore, rollback, withdraw } from './commands/channels.ts'
import { check } from './commands/check.ts'
import { checkAgain, report } from './commands/checks.ts'
import { init } from './commands/init.ts'
import { login } from './commands/login.ts'
import { push } from './commands/push.ts'
import { stats } from './commands/stats.ts'
import type { Action } from './context.ts'
import { addEmbedding } from './embedCommands.ts'
import { addEvents } from './eventCommands.ts'

/** Of every command. */
export interface CommonOptions {
  readonly json?: boolean
  readonly server?: string
}

/** Every command with its arguments. @param run does what was asked */
export function createProgram(run: (common: CommonOptions, action: Action) => Promise<void>): Command {
  const program = new Command('nearcade')
    .description('Brings games to a Nearcade network: from a folder on disk to people playing it.')
    .exitOverride()
    .helpCommand(false)

  /** A command of its own, with what every command has. */
  const add = (parent: Command, usage: string, says: string, needsRouter: boolean): Command => {
    const command = parent
      .command(usage)
      .description(says)
      .option('--json', 'one JSON object on stdout, progress as JSON lines on stderr')
    if (needsRouter)
      command.option('--server <url>', 'address of the network; NEARCADE_SERVER, or where you signed in last')
    return command
  }

  add(
    program,
    'login',
    'Asks for an API key, sees whether it is good and keeps it for the next commands.',
    true,
  ).action((common: CommonOptions) => run(common, login))

  const title = program
    .command('title')
    .description('Titles: their manifests, builds and channels.')
    .helpCommand(false)

  add(title, 'init [folder]', 'Writes a manifest for a build, from what lies in its folder.', true)
    .option('--id <id>', 'its name in addresses')
    .option('--name <name>', 'as players see it')
    .option('--genre <genre>', 'one word or two')
    .option('--start <file>', 'what starts the game: a page or a program of the build')
    .option('--yes', 'takes what it finds without asking', false)
    .option('--force', 'writes over the manifest that is there', false)
    .action((folder: string | undefined, options: CommonOptions & Parameters<typeof init>[2]) =>
      run(options, (context) => init(context, folder ?? '.', options)),
    )

  add(title, 'check [folder]', 'Looks through a build as the router would, without one.', false).action(
    (folder: string | undefined, options: CommonOptions) =>
      run(options, (context) => check(context, folder ?? '.')),
  )

  title
    .command('schema')
    .description('Prints the JSON Schema of the manifest, for editors.')
    .action(() =>
      run({}, async () => ({
        result: titleSchema(),
        lines: JSON.stringify(titleSchema(), null, 2).split('\n'),
      })),
    )

  add(title, 'push [build]', 'Makes a folder or an archive a new version: sends what is not there yet.', true)
    .option('--stage', 'puts it on staging', false)
    .option('--wait', 'puts it on staging and waits for its check; 1 if it fails', false)
    .addOption(
      new Option('--parallel <count>', 'requests on their way at once')
        .default(4)
        .argParser(wholeNumber(1, 16)),
    )
    .action((build: string | undefined, options: CommonOptions & Parameters<typeof push>[2]) =>
      run(options, (context) => push(context, build ?? '.', options)),
    )

  add(
    title,
    'check-again <title> <version>',
    'Has a version checked once more, and waits for the end of it; 1 if it fails.',
    true,
  ).action((titleId: string, version: string, options: CommonOptions) =>
    run(options, (context) => checkAgain(context, titleId, version)),
  )

  add(
    title,
    'report <title> [version]',
    'What its last check found, and what to do about it; of the newest version if none is named; 1 if it failed.',
    true,
  ).action((titleId: string, version: string | undefined, options: CommonOptions) =>
    run(options, (context) => report(context, titleId, version)),
  )

  add(title, 'list [title]', 'Your titles and what is on their channels; of one, its versions.', true).action(
    (titleId: string | undefined, options: CommonOptions) =>
      run(options, (context) => list(context, titleId)),
  )

  add(title, 'promote <title> <version>', 'Puts a version on a channel.', true)
    .addOption(
      new Option('--channel <channel>', 'staging: a private test link; live: players')
        .choices(['staging', 'live'])
        .default('staging'),
    )
    .addOption(
      new Option('--canary <percent>', 'of players who get it, to live alone').argParser(wholeNumber(1, 99)),
    )
    .action(
      (
        titleId: string,
        version: string,
        { channel, canary, ...common }: CommonOptions & { channel: 'staging' | 'live'; canary?: number },
      ) =>
        run(common, (context) =>
          promote(context, titleId, {
            version,
            channel,
            ...(canary === undefined ? {} : { canaryPercent: canary }),
          }),
        ),
    )

  for (const [name, says, task] of [
    ['rollback', 'Ends a canary; without one, players get what was live before.', rollback],
    ['withdraw', 'Lets nobody start it any more; who plays goes on.', withdraw],
    ['restore', 'Puts a withdrawn title on offer again.', restore],
  ] as const)
    add(title, `${name} <title>`, says, true).action((titleId: string, options: CommonOptions) =>
      run(options, (context) => task(context, titleId)),
    )

  add(title, 'logs <title>', 'Its last sessions, and how they ended.', true)
    .addOption(new Option('--limit <count>', 'sessions').default(50).argParser(wholeNumber(1, 1000)))
    .action((titleId: string, { limit, ...common }: CommonOptions & { limit: number }) =>
      run(common, (context) => logs(context, titleId, limit)),
    )

  add(
    title,
    'stats <title>',
    'Plays, minutes, start-up times and crashes by day, site and version; click-to-photon by region; ratings.',
    true,
  )
    .addOption(new Option('--from <day>', 'such as 2026-11-01, UTC; four weeks back').argParser(day))
    .addOption(new Option('--to <day>', 'included; today').argParser(day))
    .action((titleId: string, { from, to, ...common }: CommonOptions & { from?: string; to?: string }) =>
      run(common, (context) => stats(context, titleId, { from, to })),
    )
  addEvents(program, add, run, wholeNumber)

  addEmbedding(program, title, add, run)
  return program
}

const wholeNumber =
  (least: number, most: number) =>
  (text: string): number => {
    const value = Number(text)
    if (!/^\d+$/.test(text) || value < least || value > most)
      throw new InvalidArgumentError(`Write a whole number from ${least} to ${most}.`)
    return value
  }

function day(text: string): string {
  if (!/^\d{4}-\d\d-\d\d$/.test(text) || Number.isNaN(Date.parse(text)))
    throw new InvalidArgumentError('Write a day such as 2026-11-01.')
  return text
}
