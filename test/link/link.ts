import { fork } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import type { BrowserContext } from 'playwright-core'
import { pageScript } from '../support/probeScript.ts'
import type { LinkConditions, LinkPlan } from './conditions.ts'
import type { LinkSlice } from './history.ts'
import type { Direction } from './relay.ts'
import type { Call, Later } from './relayProcess.ts'

export type Plans = Readonly<Record<Direction, LinkPlan>>

/** A link in a process of its own, so that nothing else of a test delays its packets. All times are wall-clock ms. */
export interface Link extends AsyncDisposable {
  /** The UDP port on 127.0.0.1 behind which a target is. */
  port(address: string, port: number): Promise<number>
  /** Starts the link anew, its schedule included. @returns when */
  start(plans: Plans): Promise<number>
  /** Adds steps and competing flows, counted from now, to a link that goes on. @returns when that is */
  schedule(later: Later): Promise<number>
  /** Changes the conditions from now on; no step of the schedule comes any more. */
  set(direction: Direction, change: Partial<LinkConditions>): Promise<void>
  /** All packets through the present ports are lost from now on: only new ports lead anywhere. */
  closeDoors(): Promise<void>
  /** Targets see the browser at another address from now on. */
  rebind(): Promise<void>
  slices(direction: Direction, fromMs: number, toMs: number): Promise<LinkSlice[]>
  nowMs(): Promise<number>
}

export async function openLink(plans: Plans): Promise<Link> {
  const child = fork(path.join(import.meta.dirname, 'relayProcess.ts'), {
    execArgv: ['--import', 'tsx'],
    serialization: 'advanced',
  })
  const waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>()
  let lastId = 0
  let ended = false
  child.on('message', (message: { id: number; result?: unknown; failure?: string }) => {
    const asked = waiting.get(message.id)
    waiting.delete(message.id)
    if (message.failure === undefined) asked?.resolve(message.result)
    else asked?.reject(new Error(message.failure))
  })
  const exited = once(child, 'exit').then(() => {
    ended = true
    for (const { reject } of waiting.values()) reject(new Error('the link has ended'))
  })
  const ask = <T>(call: Call): Promise<T> =>
    new Promise<T>((resolve, reject) => {
      if (ended) {
        reject(new Error('the link has ended'))
        return
      }
      const id = ++lastId
      waiting.set(id, { resolve: (value) => resolve(value as T), reject })
      child.send({ id, call })
    })
  await ask<number>({ kind: 'start', plans })
  return {
    port: (address, port) => ask({ kind: 'port', address, port }),
    start: (wanted) => ask({ kind: 'start', plans: wanted }),
    schedule: (later) => ask({ kind: 'schedule', later }),
    set: (direction, change) => ask({ kind: 'set', direction, change }),
    closeDoors: () => ask({ kind: 'closeDoors' }),
    rebind: () => ask({ kind: 'rebind' }),
    slices: (direction, fromMs, toMs) => ask({ kind: 'slices', direction, fromMs, toMs }),
    nowMs: () => ask({ kind: 'now' }),
    async [Symbol.asyncDispose]() {
      if (child.connected) child.disconnect()
      await exited
    },
  }
}

/** Whatever the pages of a context connect to, they reach through the link. */
export async function leadThrough(context: BrowserContext, link: Pick<Link, 'port'>): Promise<void> {
  await context.exposeFunction('linkPort', (address: string, port: number) => link.port(address, port))
  await context.addInitScript({ content: await pageScript(path.join(import.meta.dirname, 'pageLink.ts')) })
}
