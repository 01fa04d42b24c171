import { formOf } from './titleFaults.ts'
import { type SchemaNode, titleSchema } from './titleSchema.ts'

/** Every field of the manifest as a Markdown table: docs/manifest.md has it from here. */
export function manifestGuide(): string {
  const rows = rowsOf(titleSchema(), '')
  return ['| field | what to write | |', '|---|---|---|', ...rows].join('\n')
}

function rowsOf(node: SchemaNode, at: string): readonly string[] {
  return Object.entries(node.properties ?? {}).flatMap(([name, below]) => {
    const isNeeded = node.required?.includes(name) === true
    const field = `${at}${name}`
    const says = below.description ?? ''
    const row = `| \`${field}\` | ${cell(isNeeded ? '' : 'optional: ')}${cell(formOf(below))} | ${cell(says)} |`
    return [row, ...rowsBelow(below, field)]
  })
}

function rowsBelow(node: SchemaNode, field: string): readonly string[] {
  const rows = [...(node.oneOf ?? []), ...(node.anyOf ?? [])].flatMap((option) => rowsOf(option, `${field}.`))
  if (node.items !== undefined) rows.push(...rowsOf(node.items, `${field}[].`))
  if (node.additionalProperties) rows.push(...rowsOf(node.additionalProperties, `${field}.*.`))
  return [...rowsOf(node, `${field}.`), ...new Set(rows)]
}

const cell = (text: string): string => text.replaceAll('|', '\\|')
