/** A set-up step that failed for a reason which the person at the terminal can act on; its message is for them. */
export class SetUpError extends Error {
  /** @override */
  name = 'SetUpError'
}
