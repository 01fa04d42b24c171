export interface BenchArgs {
  /** File to write the figures to; null for none. */
  readonly json: string | null
  readonly options: Readonly<Record<string, string>>
}

/**
 * `--json FILE` and any `--name value` or `--name=value`; a name alone is `true`.
 * @throws Error for anything else
 */
export function parseBenchArgs(args: readonly string[]): BenchArgs {
  const options: Record<string, string> = {}
  for (let index = 0; index < args.length; index++) {
    const arg = args[index] ?? ''
    if (arg === '--') continue
    const [, name, own] = /^--([a-z][A-Za-z0-9-]*)(?:=(.*))?$/.exec(arg) ?? []
    if (name === undefined) throw new Error(`'${arg}' is not an option; options look like --name value.`)
    const next = args[index + 1]
    if (own !== undefined) options[name] = own
    else if (next !== undefined && !next.startsWith('--')) {
      options[name] = next
      index++
    } else options[name] = 'true'
  }
  const { json, ...rest } = options
  if (json === 'true') throw new Error('--json needs the name of a file.')
  return { json: json ?? null, options: rest }
}
