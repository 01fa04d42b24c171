/**
 * Names the stream that carries the video's repair packets, as Chromium wants it named (RFC 5956 grouping, with the semantics of
 * draft-ietf-payload-flexible-fec-scheme-03); werift writes only what retransmissions need.
 */
export function withProtection(answerSdp: string, mediaSsrc: number, fecSsrc: number): string {
  const media = `a=ssrc:${mediaSsrc} `
  return answerSdp
    .split('\r\n')
    .flatMap((line) => {
      if (!line.startsWith(media)) return [line]
      return [line, `a=ssrc:${fecSsrc} ${line.slice(media.length)}`]
    })
    .flatMap((line) =>
      line.startsWith(`a=ssrc-group:FID ${mediaSsrc} `)
        ? [line, `a=ssrc-group:FEC-FR ${mediaSsrc} ${fecSsrc}`]
        : [line],
    )
    .join('\r\n')
}
