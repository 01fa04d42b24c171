import * as z from 'zod/mini'

/** Every fault of a configuration at once, ready to print. */
export class SettingsError extends Error {
  readonly faults: readonly string[]
  constructor(faults: readonly string[]) {
    super(`Settings are wrong:\n${faults.map((fault) => `  - ${fault}`).join('\n')}`)
    this.name = 'SettingsError'
    this.faults = faults
  }
}

export const integerText = (from: number, to: number) =>
  z.pipe(
    z.pipe(z.string().check(z.regex(/^-?\d+$/, 'must be a whole number')), z.transform(Number)),
    z.int().check(z.gte(from, `must be ${from} or more`), z.lte(to, `must be ${to} or less`)),
  )
export const numberText = (from: number, to: number) =>
  z.pipe(
    z.pipe(z.string().check(z.regex(/^-?\d+(\.\d+)?$/, 'must be a number')), z.transform(Number)),
    z.number().check(z.gte(from, `must be ${from} or more`), z.lte(to, `must be ${to} or less`)),
  )
export const listText = z.pipe(
  z.string(),
  z.transform((text: string) =>
    text
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== ''),
  ),
)

const prefix = 'NEARCADE_'

/**
 * Settings from the environment over a JSON file's object of the same keys (`NEARCADE_PORT` or `port`), parsed once.
 * Unknown `NEARCADE_*` keys and unknown file keys are refused, and every fault is reported in one SettingsError.
 * @param known one schema per variable, keyed by its name without the prefix, e.g. `PORT`; each takes text or undefined
 */
export function parseSettings<Shape extends Record<string, z.ZodMiniType>>(
  known: Shape,
  env: Readonly<Record<string, string | undefined>>,
  file: unknown = {},
): { [Key in keyof Shape]: z.infer<Shape[Key]> } {
  const faults: string[] = []
  const texts = new Map<string, { value: string; from: string }>()
  if (typeof file !== 'object' || file === null || Array.isArray(file))
    faults.push('the settings file must hold one JSON object')
  else {
    for (const [key, value] of Object.entries(file)) {
      const name = key.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()
      if (!(name in known)) faults.push(`${key}: unknown key in the settings file`)
      else texts.set(name, { value: Array.isArray(value) ? value.join(',') : String(value), from: key })
    }
  }
  for (const [key, value] of Object.entries(env)) {
    if (!key.startsWith(prefix) || value === undefined || key === `${prefix}CONFIG`) continue
    const name = key.slice(prefix.length)
    if (!(name in known)) faults.push(`${key}: unknown setting`)
    else texts.set(name, { value, from: key })
  }
  const parsed: Record<string, unknown> = {}
  for (const [name, schema] of Object.entries(known)) {
    const text = texts.get(name)
    const result = z.safeParse(schema, text?.value)
    if (result.success) parsed[name] = result.data
    else
      faults.push(
        `${text?.from ?? prefix + name}: ${result.error.issues.map((issue) => issue.message).join(', ')}`,
      )
  }
  if (faults.length > 0) throw new SettingsError(faults)
  return parsed as { [Key in keyof Shape]: z.infer<Shape[Key]> }
}
