import { AV_LOG_ERROR } from 'node-av/constants'
import { Log } from 'node-av/lib'
import { libcFunction } from './native.ts'

/** FFmpeg's log goes to stderr for the whole process, with some ten lines for each encoder opened: keep only errors. */
export function quietFfmpeg(): void {
  if (Log.getLevel() > AV_LOG_ERROR) Log.setLevel(AV_LOG_ERROR)
}

/**
 * SVT-AV1 prints thirty lines for each encoder, past FFmpeg's log, and listens to nothing but its variable: 0 keeps what is fatal.
 * Whoever has set it already knows better.
 */
export function quietSvt(): void {
  const setenv = libcFunction('int setenv(const char *name, const char *value, int overwrite)')
  setenv('SVT_LOG', '0', 0)
}
