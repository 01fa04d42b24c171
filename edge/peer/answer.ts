import type { Credentials } from '../ice/stun.ts'

/** The browser's half of a name in its checks (RFC 8839 5.4); null where the offer has none. */
export const remoteUfrag = (offerSdp: string): string | null =>
  /^a=ice-ufrag:(\S+)/m.exec(offerSdp)?.[1] ?? null

/** Puts a node's candidates into the section that carries the whole bundle, the first, and says that no more will come. */
export function withCandidates(answerSdp: string, candidates: readonly string[]): string {
  const lines = answerSdp.split(/\r?\n/)
  const first = lines.findIndex((line) => line.startsWith('m='))
  const second = lines.findIndex((line, at) => at > first && line.startsWith('m='))
  const end = second === -1 ? lines.findLastIndex((line) => line !== '') + 1 : second
  const kept = (line: string): boolean => !/^a=(?:candidate:|end-of-candidates)/.test(line)
  return [
    ...lines.slice(0, end).filter(kept),
    ...candidates,
    'a=end-of-candidates',
    ...lines.slice(end).filter(kept),
  ].join('\r\n')
}

/**
 * The same answer for an ICE restart: other credentials (RFC 8839 4.4.1.1.1), the next version in the origin (RFC 3264 8),
 * and nothing else changed, so that DTLS and everything above go on.
 */
export function restartedAnswer(answerSdp: string, { ufrag, password }: Credentials): string {
  return answerSdp
    .replace(/^(o=\S+ \S+ )(\d+)/m, (_, head: string, version: string) => `${head}${BigInt(version) + 1n}`)
    .replace(/^a=ice-ufrag:.*$/gm, `a=ice-ufrag:${ufrag}`)
    .replace(/^a=ice-pwd:.*$/gm, `a=ice-pwd:${password}`)
}
