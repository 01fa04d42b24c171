import * as z from 'zod/mini'
import { titleManifest } from './title.ts'

/** The part of JSON Schema (2020-12) that `titleManifest` needs. */
export interface SchemaNode {
  readonly type?: string
  readonly description?: string
  readonly properties?: Readonly<Record<string, SchemaNode>>
  readonly required?: readonly string[]
  readonly items?: SchemaNode
  readonly propertyNames?: SchemaNode
  readonly additionalProperties?: SchemaNode | false
  readonly oneOf?: readonly SchemaNode[]
  readonly anyOf?: readonly SchemaNode[]
  readonly const?: string | number | boolean
  readonly enum?: readonly (string | number)[]
  readonly default?: unknown
  readonly pattern?: string
  readonly minLength?: number
  readonly maxLength?: number
  readonly minItems?: number
  readonly maxItems?: number
  readonly minimum?: number
  readonly maximum?: number
  readonly exclusiveMinimum?: number
}

/** The JSON Schema of `nearcade.title.json`, as a publisher writes it: what has a default may be left out. */
export const titleSchema = (): SchemaNode => ({
  ...(z.toJSONSchema(titleManifest, { target: 'draft-2020-12', io: 'input' }) as SchemaNode),
  ...{ title: 'nearcade.title.json' },
})
