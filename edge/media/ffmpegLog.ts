import { AV_LOG_ERROR } from 'node-av/constants'
import { Log } from 'node-av/lib'

/** FFmpeg's log goes to stderr for the whole process, with some ten lines for each encoder opened: keep only errors. */
export function quietFfmpeg(): void {
  if (Log.getLevel() > AV_LOG_ERROR) Log.setLevel(AV_LOG_ERROR)
}
