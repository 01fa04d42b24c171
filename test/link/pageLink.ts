/**
 * Runs inside a page: the other side's addresses are replaced by ports of the link before the browser sees them. The other side is told
 * nothing: it learns the browser's address from its checks.
 */
export {}

declare global {
  interface Window {
    linkPort(address: string, port: number): Promise<number>
    /** Every connection of the page that ever had an answer, for its statistics. */
    linkedPeers: RTCPeerConnection[]
  }
}

/** RFC 8839 5.1: foundation, component, transport, priority, address, port, type. */
const hostCandidate = /^(a=)?candidate:(\S+) (\d+) udp (\d+) (\d+\.\d+\.\d+\.\d+) (\d+) typ host/i
const relayed = /^(a=)?candidate:.* typ relay/i

async function throughLink(line: string): Promise<string | null> {
  if (!/^(a=)?candidate:/.test(line) || relayed.test(line)) return line
  const [, prefix = '', foundation, component, priority, address = '', port] = hostCandidate.exec(line) ?? []
  if (foundation === undefined) return null
  const linkPort = await window.linkPort(address, Number(port))
  return `${prefix}candidate:${foundation} ${component} udp ${priority} 127.0.0.1 ${linkPort} typ host`
}

/** All of a node's addresses are the same machine: one is enough, so that there is one way to it. */
async function rewrite(sdp: string): Promise<string> {
  const lines: string[] = []
  let led = false
  for (const line of sdp.split(/\r?\n/)) {
    if (line.startsWith('m=')) led = false
    const isHost = line.startsWith('a=candidate:') && !relayed.test(line)
    if (isHost && led) continue
    const through = await throughLink(line)
    if (through === null) continue
    led ||= isHost
    lines.push(through)
  }
  return lines.join('\r\n')
}

type SetDescription = (this: RTCPeerConnection, description: RTCSessionDescriptionInit) => Promise<void>
type AddCandidate = (this: RTCPeerConnection, candidate?: RTCIceCandidateInit | null) => Promise<void>

const { prototype } = RTCPeerConnection
const setRemoteDescription = prototype.setRemoteDescription as SetDescription
const addIceCandidate = prototype.addIceCandidate as AddCandidate

window.linkedPeers = []

const setThroughLink: SetDescription = async function (description) {
  if (!window.linkedPeers.includes(this)) window.linkedPeers.push(this)
  await setRemoteDescription.call(this, {
    type: description.type,
    sdp: await rewrite(description.sdp ?? ''),
  })
}
const addThroughLink: AddCandidate = async function (candidate) {
  const line = candidate?.candidate ?? ''
  const through = line === '' ? line : await throughLink(line)
  if (through !== null) await addIceCandidate.call(this, { ...candidate, candidate: through })
}
Object.assign(prototype, { setRemoteDescription: setThroughLink, addIceCandidate: addThroughLink })
