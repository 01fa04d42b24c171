import type { Command } from 'commander'

/** Every command as Markdown, from what `--help` says: docs/cli.md has it from here. */
export function commandGuide(program: Command): string {
  return leaves(program, [])
    .map(({ command, names }) => sectionOf(command, names))
    .join('\n\n')
}

function leaves(
  command: Command,
  names: readonly string[],
): readonly { readonly command: Command; readonly names: readonly string[] }[] {
  const own = [...names, command.name()]
  return command.commands.length === 0
    ? [{ command, names: own }]
    : command.commands.flatMap((below) => leaves(below, own))
}

function sectionOf(command: Command, names: readonly string[]): string {
  const help = command.createHelp()
  const usage = [...names, command.usage().replace('[options] ', '').replace('[options]', '')]
    .join(' ')
    .trim()
  const options = help.visibleOptions(command).filter((option) => option.long !== '--help')
  const rows = options.map((option) => `| \`${option.flags}\` | ${help.optionDescription(option)} |`)
  return [
    `### ${names.slice(1).join(' ')}`,
    '',
    `\`npx ${usage}\``,
    '',
    command.description(),
    ...(rows.length === 0 ? [] : ['', '| option | |', '|---|---|', ...rows]),
  ].join('\n')
}
