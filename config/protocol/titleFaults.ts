import * as z from 'zod/mini'
import { type TitleManifest, titleManifest } from './title.ts'
import { type SchemaNode, titleSchema } from './titleSchema.ts'

/** What is wrong with one field of a manifest. */
export interface ManifestFault {
  readonly code:
    | 'not-json'
    | 'missing'
    | 'unknown-field'
    | 'wrong-type'
    | 'not-one-of'
    | 'out-of-range'
    | 'bad-form'
  /** Its way from the root, such as `display.fps`; '' for the file as a whole. */
  readonly field: string
  readonly what: string
  /** What to write instead. */
  readonly write: string
}

export type ReadManifest =
  | { readonly ok: true; readonly manifest: TitleManifest }
  | { readonly ok: false; readonly faults: readonly ManifestFault[] }

/** Of what is told at once: whoever has more has another file. */
const maxFaults = 32

/** Reads a manifest as its publisher wrote it, and says of each fault what to write. */
export function readManifest(text: string): ReadManifest {
  let value: unknown
  try {
    // Editors of other systems begin a file with a byte order mark.
    value = JSON.parse(text.replace(/^\uFEFF/, ''))
  } catch (cause) {
    const what = cause instanceof Error ? cause.message : String(cause)
    return failed([
      {
        code: 'not-json',
        field: '',
        what: `is not JSON: ${what}`,
        write: 'one JSON object, without comments',
      },
    ])
  }
  try {
    const parsed = z.safeParse(titleManifest, value)
    if (parsed.success) return { ok: true, manifest: parsed.data }
    const root = titleSchema()
    return failed(parsed.error.issues.slice(0, maxFaults).flatMap((issue) => faultsOf(issue, value, root)))
  } catch (cause) {
    // Nested too deeply, or more faults than zod can spread over the stack.
    if (!(cause instanceof RangeError)) throw cause
    return failed([{ code: 'not-json', field: '', what: 'is no manifest', write: 'one JSON object' }])
  }
}

const failed = (faults: readonly ManifestFault[]): ReadManifest => ({ ok: false, faults })

/** `display.fps: must be at most 120, not 500; write a whole number from 10 to 120 (frames a second).` */
export const faultLine = ({ field, what, write }: ManifestFault): string =>
  `${field === '' ? '' : `${field}: `}${what}; write ${write}`

type Path = readonly PropertyKey[]

function faultsOf(issue: z.core.$ZodIssue, value: unknown, root: SchemaNode): readonly ManifestFault[] {
  const { path } = issue
  const found = valueAt(value, path)
  const node = nodeAt(root, value, path)
  const told = (code: ManifestFault['code'], what: string): readonly ManifestFault[] => [
    { code, field: path.map(String).join('.'), what, write: wordsFor(node) },
  ]
  if (issue.code === 'unrecognized_keys') {
    const known = Object.keys(node?.properties ?? {})
    return issue.keys.slice(0, 8).map((key) => ({
      code: 'unknown-field',
      field: [...path.map(String), key].join('.'),
      what: 'is not known',
      write: unknownWords(key, known),
    }))
  }
  if (found === undefined) return told('missing', 'is missing')
  switch (issue.code) {
    case 'invalid_type':
      return told('wrong-type', `is ${kindOf(found)}`)
    case 'invalid_value':
    case 'invalid_union':
      return told('not-one-of', `is ${shown(found)}`)
    case 'too_small':
    case 'too_big':
      return told('out-of-range', `is ${sizeOf(found)}`)
    case 'invalid_key':
      return [
        {
          code: 'unknown-field',
          field: path.map(String).join('.'),
          what: 'has a name that cannot be',
          write: wordsFor(nodeAt(root, value, path.slice(0, -1))),
        },
      ]
    default:
      return told('bad-form', `is ${shown(found)}`)
  }
}

function valueAt(value: unknown, path: Path): unknown {
  let at = value
  for (const step of path) {
    if (typeof at !== 'object' || at === null) return undefined
    at = (at as Record<PropertyKey, unknown>)[step]
  }
  return at
}

/** What the schema says of the place; undefined: nothing. */
function nodeAt(root: SchemaNode, value: unknown, path: Path): SchemaNode | undefined {
  let node = root
  for (const [index, step] of path.entries()) {
    const parent = chosen(node, valueAt(value, path.slice(0, index)), String(step))
    const below = parent?.properties?.[String(step)] ?? parent?.items ?? parent?.additionalProperties
    if (below === undefined || below === false) return undefined
    node = below
  }
  return chosen(node, valueAt(value, path), null)
}

/** Of alternatives, the one that the value is meant to be. */
function chosen(node: SchemaNode, value: unknown, step: string | null): SchemaNode | undefined {
  const options = node.oneOf ?? node.anyOf
  if (options === undefined) return node
  const fits = options.find((option) =>
    Object.entries(option.properties ?? {}).some(([key, { const: one, enum: many }]) => {
      const is = valueAt(value, [key])
      return is !== undefined && (one === is || (many ?? []).some((each) => each === is))
    }),
  )
  if (fits !== undefined || step === null) return fits ?? node
  const having = options.filter((option) => option.properties?.[step] !== undefined || option.items)
  const [first] = having
  if (first === undefined) return options.find((option) => option.type === 'object')
  // What several of them tell apart: each one's word for it.
  const words = having.flatMap(({ properties }) => {
    const one = properties?.[step]
    return one?.const === undefined ? (one?.enum ?? []) : [String(one.const)]
  })
  return words.length > 1 ? { ...first, properties: { [step]: { enum: words } } } : first
}

/** What may stand there, in words. */
export function wordsFor(node: SchemaNode | undefined): string {
  if (node === undefined) return 'nothing there'
  const says = node.description === undefined ? '' : ` (${node.description.replace(/\.$/, '')})`
  return `${formOf(node)}${says}`
}

/** The same without its description. */
export function formOf(node: SchemaNode): string {
  const { oneOf, anyOf, enum: many, const: one, minimum, maximum, exclusiveMinimum, maxLength } = node
  if (one !== undefined) return shown(one)
  if (many !== undefined) return `one of ${many.map(shown).join(', ')}`
  const options = oneOf ?? anyOf
  if (options !== undefined)
    return [...new Set(options.map((option) => (option.type === 'null' ? 'null' : formOf(option))))].join(
      ', or ',
    )
  switch (node.type) {
    case 'integer':
    case 'number': {
      const kind = node.type === 'integer' ? 'a whole number' : 'a number'
      const least = exclusiveMinimum === undefined ? minimum : `above ${exclusiveMinimum}`
      const most = maximum === undefined || maximum === Number.MAX_SAFE_INTEGER ? null : maximum
      if (least === undefined) return kind
      return most === null ? `${kind} of at least ${least}` : `${kind} from ${least} to ${most}`
    }
    case 'boolean':
      return 'true or false'
    case 'array':
      return `a list${node.maxItems === undefined ? '' : ` of at most ${node.maxItems}`}${node.items === undefined ? '' : `, each ${formOf(node.items)}`}`
    case 'object':
      return node.properties === undefined
        ? `an object of names and, for each, ${node.additionalProperties ? formOf(node.additionalProperties) : 'a value'}`
        : `an object with ${(node.required ?? Object.keys(node.properties)).map((key) => `\`${key}\``).join(', ')}`
    default:
      return `a text${maxLength === undefined ? '' : ` of at most ${maxLength} characters`}${knownForm(node.pattern)}`
  }
}

/** Of the patterns that the manifest has. */
function knownForm(pattern: string | undefined): string {
  switch (pattern) {
    case undefined:
      return ''
    case '^[A-Z]{2}$':
      return ' of two capital letters, such as "DE"'
    case '^[A-Z][A-Za-z0-9]{0,31}$':
      return ' that is a key as KeyboardEvent.code names it, such as "ArrowLeft", or a button, "Mouse0"'
    default:
      if (pattern.includes('\\d+\\.')) return ' of three numbers, such as "1.0.0"'
      if (pattern.startsWith('^(?!'))
        return ' that is a path inside, without "/" at its beginning and without ".."'
      if (pattern.startsWith('^\\/')) return ' that is an absolute path'
      return pattern.startsWith('^[a-z0-9]') ? ' of lower case letters, digits and dashes' : ''
  }
}

function unknownWords(key: string, known: readonly string[]): string {
  const near = known
    .map((name) => ({ name, steps: distance(key.toLowerCase(), name.toLowerCase()) }))
    .toSorted((a, b) => a.steps - b.steps)[0]
  if (near !== undefined && near.steps <= Math.max(2, key.length / 3))
    return `\`${near.name}\` if that is meant`
  return `one of ${known.map((name) => `\`${name}\``).join(', ')}, or leave it out`
}

/** Levenshtein's. Of names alone, which are short. */
function distance(a: string, b: string): number {
  if (a.length > 64) return a.length
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i]
    for (let j = 1; j <= b.length; j += 1)
      next.push(
        Math.min(
          (next[j - 1] ?? 0) + 1,
          (row[j] ?? 0) + 1,
          (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1),
        ),
      )
    row = next
  }
  return row[b.length] ?? 0
}

const shown = (value: unknown): string => {
  const text = JSON.stringify(value) ?? String(value)
  return text.length > 80 ? `${text.slice(0, 77)}…` : text
}

function kindOf(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object') return 'an object'
  return `${shown(value)}`
}

function sizeOf(value: unknown): string {
  if (typeof value === 'string') return `${value.length} characters long`
  return Array.isArray(value) ? `a list of ${value.length}` : shown(value)
}
