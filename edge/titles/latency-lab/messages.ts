import { createConnection } from 'node:net'
import { createInterface } from 'node:readline'

/** The page around the player, as any native game would speak with it: a JSON object a line, over the socket that the node names. */
export function openMessages(
  file: string | undefined,
  onMessage: (message: object) => void,
): { say(message: unknown): void; close(): void } {
  if (file === undefined) return { say() {}, close() {} }
  const socket = createConnection(file)
  socket.on('error', (error) => console.error(`no messages: ${error.message}`))
  createInterface({ input: socket }).on('line', (line) => {
    const { message } = JSON.parse(line) as { readonly message?: unknown }
    if (typeof message === 'object' && message !== null) onMessage(message)
  })
  return {
    say: (message) => void socket.write(`${JSON.stringify({ message })}\n`),
    close: () => void socket.destroy(),
  }
}
