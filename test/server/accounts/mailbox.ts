import { SMTPServer } from 'smtp-server'

/** A mail server on this machine, and what came in. */
export interface Mailbox {
  readonly url: string
  /** The next message, as it went over the wire but with its lines joined again. */
  next(): Promise<string>
  /** Those that nobody has taken. */
  readonly waiting: readonly string[]
  close(): Promise<void>
}

export async function openMailbox(): Promise<Mailbox> {
  const waiting: string[] = []
  const takers: ((text: string) => void)[] = []
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    logger: false,
    onData(stream, _session, done) {
      const parts: Buffer[] = []
      stream.on('data', (part: Buffer) => parts.push(part))
      stream.on('end', () => {
        // Quoted-printable (RFC 2045, section 6.7).
        const text = Buffer.concat(parts)
          .toString('utf8')
          .replaceAll('=\r\n', '')
          .replaceAll(/=([0-9A-F]{2})/g, (_whole, hex: string) =>
            String.fromCharCode(Number.parseInt(hex, 16)),
          )
        const taker = takers.shift()
        if (taker === undefined) waiting.push(text)
        else taker(text)
        done()
      })
    },
  })
  const port = await new Promise<number>((resolve) => {
    const listening = server.listen(0, '127.0.0.1', () => {
      const address = listening.address()
      resolve(typeof address === 'object' && address !== null ? address.port : 0)
    })
  })
  return {
    url: `smtp://127.0.0.1:${port}`,
    waiting,
    next() {
      const first = waiting.shift()
      return first === undefined ? new Promise((resolve) => takers.push(resolve)) : Promise.resolve(first)
    },
    close: () => new Promise((resolve) => server.close(() => resolve())),
  }
}

/** The link in a message, as its path here. */
export function linkIn(message: string): string {
  const [link] = /https?:\/\/\S+/.exec(message) ?? ['']
  const { pathname, search, hash } = new URL(link)
  return `${pathname}${search}${hash}`
}
