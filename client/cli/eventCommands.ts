import { type Command, InvalidArgumentError, Option } from 'commander'
import { eventEntry } from '../../config/protocol/events.ts'
import { type Booking, bookEvent, cancelEvent, listEvents, showRoom } from './commands/events.ts'
import type { Action } from './context.ts'

type Add = (parent: Command, usage: string, says: string, needsRouter: boolean) => Command
interface Common {
  readonly json?: boolean
  readonly server?: string
}

/** Seats that are booked for a time: `nearcade events …`. */
export function addEvents(
  program: Command,
  add: Add,
  run: (common: Common, action: Action) => Promise<void>,
  wholeNumber: (least: number, most: number) => (text: string) => number,
): void {
  const events = program
    .command('events')
    .description('Events: seats that are held for a title for a time.')
    .helpCommand(false)
  const from = (): Option =>
    new Option('--from <time>', 'such as 2026-12-24T20:00+01:00; without a zone: of this machine')
      .argParser(time)
      .makeOptionMandatory()
  const to = (): Option => new Option('--to <time>', 'its end').argParser(time).makeOptionMandatory()

  add(events, 'list [title]', 'Your events: those ahead, and what came of those that are over.', true).action(
    (titleId: string | undefined, options: Common) => run(options, (context) => listEvents(context, titleId)),
  )
  add(events, 'room <title>', 'How many seats can be booked where at a time.', true)
    .addOption(from())
    .addOption(to())
    .action((titleId: string, { from: fromMs, to: toMs, ...common }: Common & Pick<Booking, 'from' | 'to'>) =>
      run(common, (context) => showRoom(context, titleId, { from: fromMs, to: toMs })),
    )
  add(events, 'book <title>', 'Books seats: its players find them free and the title ready.', true)
    .addOption(from())
    .addOption(to())
    .addOption(
      new Option('--seats <count>', 'shared among sites by where it is played').argParser(
        wholeNumber(1, 10_000),
      ),
    )
    .option('--region <region...>', 'only there, such as Europe')
    .option('--site <seats...>', 'instead of --seats, such as Frankfurt=20 Paris=10')
    .option('--name <name>', 'what it is called in lists')
    .addOption(
      new Option(
        '--entry <entry>',
        'who gets its seats: whoever plays the title; who has its link; whom your backend sends',
      )
        .choices(eventEntry.options)
        .default('title'),
    )
    .addOption(
      new Option(
        '--give-back-after <minutes>',
        'a seat for which nobody comes for so long is everybody’s again; without it: at the end',
      ).argParser(wholeNumber(1, 1440)),
    )
    .action((titleId: string, { json, server, ...booking }: Common & Booking) =>
      run(commonOf({ json, server }), (context) => bookEvent(context, titleId, booking)),
    )
  add(
    events,
    'cancel <event>',
    'Calls it off, or ends it early: its seats are everybody’s again.',
    true,
  ).action((eventId: string, options: Common) => run(options, (context) => cancelEvent(context, eventId)))
}

const commonOf = ({ json, server }: { json: boolean | undefined; server: string | undefined }): Common => ({
  ...(json === undefined ? {} : { json }),
  ...(server === undefined ? {} : { server }),
})

/** @returns ms since 1970 */
function time(text: string): number {
  const atMs = Date.parse(text)
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d)?(?:Z|[+-]\d\d:\d\d)?$/.test(text) || Number.isNaN(atMs))
    throw new InvalidArgumentError('Write a time such as 2026-12-24T20:00+01:00.')
  return atMs
}
