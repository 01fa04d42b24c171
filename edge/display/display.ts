/** A session's own X display, as the rest of the edge sees it. Started by `startDisplay` in xvfb.ts. */
export interface Display extends AsyncDisposable {
  readonly number: number
  /** Unix socket of the X server, in a folder that only this session can reach. */
  readonly socketFile: string
  /** X authority file (wildcard family) holding the MIT-MAGIC-COOKIE-1 for this display. */
  readonly authFile: string
  readonly cookie: Uint8Array
  /** XWD file that the server maps as its screen (`-fbdir`); see framebuffer.ts for its layout. */
  readonly framebufferFile: string
  readonly widthPx: number
  readonly heightPx: number
  /** Settles when the X server has gone, with what it said last. */
  readonly exited: Promise<{ reason: string }>
}
