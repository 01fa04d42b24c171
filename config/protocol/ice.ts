import * as z from 'zod/mini'

/** Answer of `GET /api/ice`: the relays that a browser may use, in the form that RTCPeerConnection takes. */
export const iceServers = z.object({
  iceServers: z.array(
    z.object({
      urls: z.array(z.string()),
      username: z.string(),
      credential: z.string(),
    }),
  ),
  /** How long the credentials are good for from now on; null where there are none. */
  lifetimeMs: z.nullable(z.number().check(z.nonnegative())),
})
export type IceServers = z.infer<typeof iceServers>
