import { openUdpPort, type UdpPort, type UdpPortOptions } from './udpPort.ts'

/** A session's one UDP port: opened when the first browser comes, kept for all that follow. */
export interface SharedPort extends AsyncDisposable {
  /** @throws as openUdpPort; another call tries again */
  get(): Promise<UdpPort>
}

export function createSharedPort(options: UdpPortOptions, open = openUdpPort): SharedPort {
  let opened: Promise<UdpPort> | null = null
  return {
    get() {
      opened ??= open(options).catch((error: unknown) => {
        opened = null
        throw error
      })
      return opened
    },
    async [Symbol.asyncDispose]() {
      const port = await opened?.catch(() => null)
      await port?.[Symbol.asyncDispose]()
    },
  }
}
