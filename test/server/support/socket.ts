import { once } from 'node:events'
import WebSocket, { type ClientOptions } from 'ws'
import { createInbox, type Inbox } from './inbox.ts'

/** A client's end of a WebSocket that keeps what came and how it closed. */
export interface TestSocket<In extends { kind: string }> {
  readonly inbox: Inbox<In>
  readonly raw: WebSocket
  /** Close code, once the socket is closed from either side. */
  readonly closed: Promise<number>
  send(message: unknown): void
  sendText(text: string): void
  next<Kind extends In['kind']>(kind: Kind): Promise<Extract<In, { kind: Kind }>>
  close(): Promise<void>
}

export async function openTestSocket<In extends { kind: string }>(
  address: string,
  options: ClientOptions = {},
  protocols: string[] = [],
): Promise<TestSocket<In>> {
  const raw = new WebSocket(address, protocols, options)
  const inbox = createInbox<In>()
  raw.on('message', (data) => inbox.put(JSON.parse(data.toString()) as In))
  const closed = new Promise<number>((resolve) => raw.once('close', (code) => resolve(code)))
  await once(raw, 'open')
  raw.on('error', () => {})
  return {
    inbox,
    raw,
    closed,
    send: (message) => raw.send(JSON.stringify(message)),
    sendText: (text) => raw.send(text),
    next: <Kind extends In['kind']>(kind: Kind) =>
      inbox.take((message): message is Extract<In, { kind: Kind }> => message.kind === kind),
    async close() {
      raw.close()
      const limit = setTimeout(() => raw.terminate(), 1000)
      await closed
      clearTimeout(limit)
    },
  }
}
