type Json = Readonly<Record<string, unknown>>
interface Answer {
  readonly id?: number
  readonly method?: string
  readonly params?: Json
  readonly result?: Json
  readonly error?: { readonly message: string }
}

/** The Chrome DevTools Protocol over a pipe: JSON messages, each ended by a NUL byte. */
export interface DevtoolsPipe {
  /** @throws Error with Chromium's words, or when the pipe has closed. */
  call(method: string, params?: Json, sessionId?: string): Promise<Json>
  /** Sends without waiting; a failure is of no interest. */
  send(method: string, params: Json, sessionId: string): void
  onEvent(listener: (method: string, params: Json) => void): void
}

const isAnswer = (value: unknown): value is Answer => typeof value === 'object' && value !== null

export function openDevtoolsPipe(
  toBrowser: NodeJS.WritableStream,
  fromBrowser: NodeJS.ReadableStream,
): DevtoolsPipe {
  let nextId = 1
  let closed = false
  const waiting = new Map<number, { resolve: (result: Json) => void; reject: (error: Error) => void }>()
  const listeners: ((method: string, params: Json) => void)[] = []

  const take = (message: unknown): void => {
    if (!isAnswer(message)) return
    if (message.id === undefined) {
      if (message.method !== undefined)
        for (const listener of listeners) listener(message.method, message.params ?? {})
      return
    }
    const caller = waiting.get(message.id)
    waiting.delete(message.id)
    if (message.error !== undefined) caller?.reject(new Error(message.error.message))
    else caller?.resolve(message.result ?? {})
  }
  let rest: Buffer = Buffer.alloc(0)
  fromBrowser.on('data', (chunk: Buffer) => {
    rest = Buffer.concat([rest, chunk])
    for (let end = rest.indexOf(0); end >= 0; end = rest.indexOf(0)) {
      take(JSON.parse(rest.toString('utf8', 0, end)))
      rest = rest.subarray(end + 1)
    }
  })
  const close = (): void => {
    closed = true
    for (const { reject } of waiting.values()) reject(new Error('the browser has gone'))
    waiting.clear()
  }
  fromBrowser.on('close', close).on('error', close)
  toBrowser.on('error', close)

  const write = (id: number, method: string, params: Json, sessionId: string | undefined): void => {
    const message = sessionId === undefined ? { id, method, params } : { id, method, params, sessionId }
    toBrowser.write(`${JSON.stringify(message)}\0`)
  }
  return {
    call(method, params = {}, sessionId) {
      return new Promise((resolve, reject) => {
        if (closed) return reject(new Error('the browser has gone'))
        const id = nextId++
        waiting.set(id, { resolve, reject })
        write(id, method, params, sessionId)
      })
    },
    send(method, params, sessionId) {
      if (!closed) write(nextId++, method, params, sessionId)
    },
    onEvent: (listener) => void listeners.push(listener),
  }
}
