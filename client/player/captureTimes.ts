interface ExtensionKnobs {
  getHeaderExtensionsToNegotiate?(): { readonly uri: string; readonly direction: string }[]
  setHeaderExtensionsToNegotiate?(extensions: { readonly uri: string; readonly direction: string }[]): void
}

/** When each frame was captured, on the node's clock: where the browser can, it offers this only when asked to. */
export function askForCaptureTimes(video: RTCRtpTransceiver): void {
  const knobs = video as RTCRtpTransceiver & ExtensionKnobs
  const known = knobs.getHeaderExtensionsToNegotiate?.() ?? []
  const wanted = known.map((extension) =>
    extension.uri.endsWith('/abs-capture-time') ? { ...extension, direction: 'recvonly' } : extension,
  )
  if (wanted.length > 0) knobs.setHeaderExtensionsToNegotiate?.(wanted)
}
