import type { Log } from '../log.ts'

export interface Message {
  readonly to: string
  readonly subject: string
  readonly text: string
}

/** Sends in the background: how long a mail takes tells a stranger nothing. */
export interface Mail {
  send(message: Message): void
  /** Waits for what is on its way. */
  close(): Promise<void>
}

export interface MailSettings {
  /** `smtp://` or `smtps://`, with user and password where there are any. */
  readonly smtpUrl: string
  readonly from: string
}

const timeoutMs = 15_000

/** Through SMTP; into the log where no server is set, for whoever runs the router to hand on. */
export function openMail(settings: MailSettings | null, log: Log): Mail {
  if (settings === null) {
    return {
      send: (message) => log.info({ to: message.to, text: message.text }, `mail: ${message.subject}`),
      close: async () => {},
    }
  }
  const { smtpUrl, from } = settings
  const sending = new Set<Promise<void>>()
  const opened = import('nodemailer').then(({ createTransport }) =>
    createTransport(
      {
        url: smtpUrl,
        connectionTimeout: timeoutMs,
        greetingTimeout: timeoutMs,
        socketTimeout: timeoutMs,
        disableFileAccess: true,
        disableUrlAccess: true,
      },
      { from },
    ),
  )
  // Told with the first mail that cannot be sent.
  opened.catch(() => {})
  return {
    send(message) {
      const sent = opened
        .then((transport) => transport.sendMail({ ...message }))
        .then(
          () => log.info({ subject: message.subject }, 'mail sent'),
          (cause: unknown) => log.error({ err: cause, subject: message.subject }, 'a mail could not be sent'),
        )
        .finally(() => sending.delete(sent))
      sending.add(sent)
    },
    async close() {
      await Promise.all(sending)
      await opened.then((transport) => transport.close()).catch(() => {})
    },
  }
}
