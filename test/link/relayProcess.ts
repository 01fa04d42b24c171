import type { LinkConditions, LinkPlan } from './conditions.ts'
import { type Direction, Relay } from './relay.ts'

export type Later = Readonly<Record<Direction, Pick<LinkPlan, 'steps' | 'flows'>>>

/** What the process of the link is asked over its channel, and answers with the same `id`. */
export type Call =
  | { readonly kind: 'port'; readonly address: string; readonly port: number }
  | { readonly kind: 'start'; readonly plans: Readonly<Record<Direction, LinkPlan>> }
  | { readonly kind: 'schedule'; readonly later: Later }
  | { readonly kind: 'set'; readonly direction: Direction; readonly change: Partial<LinkConditions> }
  | { readonly kind: 'closeDoors' }
  | { readonly kind: 'rebind' }
  | { readonly kind: 'slices'; readonly direction: Direction; readonly fromMs: number; readonly toMs: number }
  | { readonly kind: 'now' }

let relay: Relay | null = null

function answer(call: Call): unknown {
  if (call.kind === 'start' && relay === null) {
    relay = new Relay(call.plans)
    return relay.nowMs()
  }
  if (relay === null) throw new Error('the link was not started')
  switch (call.kind) {
    case 'port':
      return relay.port(call.address, call.port)
    case 'start':
      return relay.start(call.plans)
    case 'schedule':
      return relay.schedule(call.later)
    case 'set':
      return relay.set(call.direction, call.change)
    case 'closeDoors':
      return relay.closeDoors()
    case 'rebind':
      return relay.rebind()
    case 'slices':
      return relay.slices(call.direction, call.fromMs, call.toMs)
    case 'now':
      return relay.nowMs()
    default:
      return call satisfies never
  }
}

process.on('message', async ({ id, call }: { id: number; call: Call }) => {
  try {
    process.send?.({ id, result: await answer(call) })
  } catch (error) {
    process.send?.({ id, failure: String(error) })
  }
})
process.once('disconnect', () => void relay?.close())
