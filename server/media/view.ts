import { wireError } from '../../config/errors.ts'
import type { MediaState, TitleMedia } from '../../config/protocol/media.ts'
import type { MediaWithWork, WorkKey } from '../store/mediaStore.ts'
import { previewOf } from './shown.ts'

export interface ViewedWork {
  /** The oldest first. */
  readonly waiting: readonly WorkKey[]
  readonly current: WorkKey | null
  readonly isUnable: boolean
  /** What addresses of files begin with. */
  readonly base: string
}

/** What a title's publisher sees of its media. Pure. */
export function viewOf(media: readonly MediaWithWork[], work: ViewedWork): TitleMedia {
  return {
    items: media.map((one) => {
      const { id, kind, version, name, alt, bytes, createdAtMs } = one
      return { id, kind, version, name, alt, bytes, createdAtMs, state: stateOf(one, work) }
    }),
    stopped: work.isUnable ? { ...wireError('media-unavailable'), details: [] } : null,
  }
}

function stateOf(one: MediaWithWork, { waiting, current, base }: ViewedWork): MediaState {
  const { state } = one
  const isIt = ({ key, form }: WorkKey): boolean => key === one.key && form === one.form
  if (state.kind === 'refused')
    return { kind: 'refused', error: { ...wireError(state.code), details: [...state.details] } }
  if (state.kind !== 'waiting') return previewOf(one, state, (file) => base + file)
  if (current !== null && isIt(current)) return { kind: 'working' }
  return { kind: 'waiting', before: Math.max(0, waiting.findIndex(isIt)) }
}
