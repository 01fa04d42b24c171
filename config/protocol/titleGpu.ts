import * as z from 'zod/mini'
import { shortText } from './ids.ts'
import { field } from './titleField.ts'

const api = z.enum(['gl', 'vulkan'])

/** What a title asks of the graphics of its nodes. */
export const gpuNeed = z.discriminatedUnion('class', [
  z.strictObject({
    class: field('`none`: it draws on the processor, as every node can.', z.literal('none')),
  }),
  z.strictObject({
    class: field(
      '`any`: it draws by OpenGL or Vulkan and wants a GPU. Nodes without one do not get its players.',
      z.literal('any'),
    ),
    api: field('What it draws by; either if absent.', z.optional(api)),
    vramBytes: field(
      'Memory that the GPU must have, bytes. A node that does not say how much it has counts as too small.',
      z.optional(z.int().check(z.gte(1), z.lte(1024 ** 4))),
    ),
  }),
])
export type GpuNeed = z.infer<typeof gpuNeed>

/** A GPU that the titles of a node can use, as the node says. */
export const nodeGpu = z.object({
  name: shortText,
  /** Null: not known. */
  vramBytes: z.nullable(z.int().check(z.gte(0))),
  apis: z.array(api).check(z.maxLength(2)),
})
export type NodeGpu = z.infer<typeof nodeGpu>

/** Whether a node with this GPU has what is asked for; null: it has none. What is asked for and not known of it counts as no. */
export function hasGpuFor(gpu: NodeGpu | null, need: GpuNeed | undefined): boolean {
  if (need === undefined || need.class === 'none') return true
  if (gpu === null || gpu.apis.length === 0) return false
  if (need.api !== undefined && !gpu.apis.includes(need.api)) return false
  return need.vramBytes === undefined || (gpu.vramBytes !== null && gpu.vramBytes >= need.vramBytes)
}
