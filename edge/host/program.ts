import { Command } from 'commander'
import { NearcadeError } from '../../config/errors.ts'
import { parseEdgeSettings } from '../../config/settings/edge.ts'
import type { Finding } from '../selfTest/check.ts'
import { order, stateLines, type Order } from './control.ts'
import { join } from './join.ts'
import { machineFileIn, readMachineFile, type MachineFile } from './machineFile.ts'
import { selfTest } from './selfTest.ts'
import { systemdUnit, type Unit } from './systemd.ts'
import { findingLines, verdict } from './words.ts'

/** What the program needs of the process that it runs in. */
export interface Surroundings {
  readonly defaultDataDir: string
  /** Folder of the titles that come with Nearcade. */
  readonly titlesDir: string
  /** Absolute paths. */
  readonly nodeBinary: string
  readonly edgeProgram: string
  /** Null: root. */
  readonly home: string | null
  print(line: string): void
  writeUnit(unit: Unit): Promise<void>
  /** Becomes the node, until it ends. */
  runNode(configFile: string): Promise<void>
}

interface Common {
  readonly data: string
  readonly json: boolean
}
interface JoinOptions extends Common {
  readonly site?: string
  readonly at?: string
  readonly country?: string
  readonly advertise?: string
  readonly udpPorts?: string
  readonly seats?: string
  readonly systemd: boolean
}

/** @param ended takes whether a command did what it was asked */
export function createProgram(around: Surroundings, ended: (isGood: boolean) => void): Command {
  const program = new Command('nearcade edge')
    .description('Makes this machine a node of a Nearcade network.')
    .exitOverride()
    .helpCommand(false)
  const add = (usage: string, says: string): Command =>
    program
      .command(usage)
      .description(says)
      .option('--data <folder>', 'of the node: its key, settings, titles and saves', around.defaultDataDir)
      .option('--json', 'one JSON object on stdout', false)

  add(
    'join <token>',
    'Tests this machine and makes it a node; the token is on the page of your organisation.',
  )
    .option('--site <name>', 'where it stands, as players read it, such as Frankfurt')
    .option('--at <place>', 'latitude and longitude, such as 50.11,8.68')
    .option('--country <code>', 'ISO 3166-1, such as DE')
    .option('--advertise <addresses>', 'public addresses, where they are not those of its interfaces')
    .option('--udp-ports <range>', 'such as 40000-40100, open to players')
    .option('--seats <count>', 'sessions at once; by cores and memory')
    .option('--systemd', 'writes the unit that starts it with the machine', false)
    .action((token: string, options: JoinOptions) => runJoin(token, options))

  add('test', 'Tries out all that a session needs of this machine.').action((options: Common) =>
    runTest(options),
  )
  for (const [name, says] of [
    ['status', 'Says how the node of this machine does.'],
    ['drain', 'Takes no new sessions, also after a restart; those that run go on.'],
    ['resume', 'Takes new sessions again.'],
  ] as const)
    add(name, says).action((options: Common) => runOrder(name, options))
  add('run', 'Runs the node of this machine until it is stopped.').action((options: Common) =>
    runNode(options),
  )

  const tell = (json: boolean, isGood: boolean, result: object, lines: readonly string[]): void => {
    if (json) around.print(JSON.stringify({ ok: isGood, result }))
    else for (const line of lines) around.print(line)
    ended(isGood)
  }
  const shown = (json: boolean) => (finding: Finding) => {
    if (!json) for (const line of findingLines(finding)) around.print(line)
  }

  async function runJoin(token: string, options: JoinOptions): Promise<void> {
    const { data, json } = options
    const chosen = { titles: around.titlesDir, ...chosenOf(options) }
    const joined = await join({ token, dataDir: data, chosen }, (settings) => selfTest(settings, shown(json)))
    const unit = options.systemd
      ? systemdUnit({
          configFile: machineFileIn(data),
          program: around.edgeProgram,
          nodeBinary: around.nodeBinary,
          home: around.home,
        })
      : null
    if (unit !== null) await around.writeUnit(unit)
    tell(json, true, { ...joined, unit: unit?.file ?? null }, [
      '',
      verdict(joined.findings),
      `This machine is a node of ${joined.routerUrl} now.`,
      ...(unit === null
        ? ['Start it: nearcade edge run. With --systemd, join writes a unit that starts it with the machine.']
        : [`Written: ${unit.file}. To start it:`, ...unit.next.map((command) => `  ${command}`)]),
    ])
  }

  async function runTest({ data, json }: Common): Promise<void> {
    const machine = await readMachineFile(data)
    const settings = machine?.settings ?? parseEdgeSettings({}, { data, titles: around.titlesDir })
    const findings = await selfTest(settings, shown(json))
    const isGood = findings.every(({ state }) => state !== 'failed')
    tell(json, isGood, { findings }, ['', verdict(findings)])
  }

  async function runOrder(name: Order, { data, json }: Common): Promise<void> {
    const { settings } = await joinedMachine(data)
    const state = await order(data, name)
    tell(json, state.state === 'running', state, stateLines(state, settings.siteName))
  }

  async function runNode({ data }: Common): Promise<void> {
    await joinedMachine(data)
    await around.runNode(machineFileIn(data))
  }
  return program
}

async function joinedMachine(
  data: string,
): Promise<NonNullable<Awaited<ReturnType<typeof readMachineFile>>>> {
  const machine = await readMachineFile(data)
  if (machine === null) throw new NearcadeError('not-joined', [data])
  return machine
}

/** By the names of the settings; their own schema judges them. */
function chosenOf({ site, at, country, advertise, udpPorts, seats }: JoinOptions): MachineFile {
  const [lat, lon] = at?.split(',') ?? []
  const chosen = {
    siteName: site,
    siteLat: lat?.trim(),
    siteLon: lon?.trim(),
    siteCountry: country,
    advertise,
    udpPorts,
    seats,
  }
  return Object.fromEntries(
    Object.entries(chosen).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  )
}
