import {
  type MediaItem,
  type MediaKind,
  newMediaItem,
  type TitleMedia,
  titleMedia,
} from '../../../config/protocol/media.ts'
import { errorBody } from '../../../config/protocol/api.ts'
import { decodeText } from '../../../config/protocol/decode.ts'
import { wireError } from '../../../config/errors.ts'
import { ApiError, call, wireErrorOf } from '../../ui/api.ts'
import { playerHeaders } from '../../ui/playerToken.ts'

/** Pictures and trailers of one title (config/protocol/media.ts). */
export interface MediaApi {
  view(): Promise<TitleMedia>
  /** @param progress 0 to 1 @throws ApiError; the signal's reason */
  bring(
    kind: MediaKind,
    file: File,
    progress: (part: number) => void,
    signal: AbortSignal,
  ): Promise<MediaItem>
  describe(id: string, alt: string): Promise<TitleMedia>
  order(ids: readonly string[]): Promise<TitleMedia>
  remove(id: string): Promise<TitleMedia>
  restore(id: string): Promise<TitleMedia>
}

export function mediaApi(orgId: string, titleId: string): MediaApi {
  const at = `/api/orgs/${encodeURIComponent(orgId)}/titles/${encodeURIComponent(titleId)}/media`
  const of = (id: string): string => `${at}/${encodeURIComponent(id)}`
  return {
    view: () => call(titleMedia, 'GET', at),
    bring: (kind, file, progress, signal) => {
      const query = new URLSearchParams({ kind, name: file.name.slice(-200), alt: '' })
      return send(`${at}?${query}`, file, progress, signal)
    },
    describe: (id, alt) => call(titleMedia, 'PUT', of(id), { body: { alt } }),
    order: (ids) => call(titleMedia, 'PUT', `${at}/order`, { body: { ids } }),
    remove: (id) => call(titleMedia, 'DELETE', of(id)),
    restore: (id) => call(titleMedia, 'POST', `${of(id)}/restore`, { body: {} }),
  }
}

/** Not by fetch, which says nothing of how far a body has gone. */
function send(
  path: string,
  file: File,
  progress: (part: number) => void,
  signal: AbortSignal,
): Promise<MediaItem> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest()
    const stop = (): void => request.abort()
    signal.addEventListener('abort', stop)
    const fail = (cause: unknown): void => reject(cause as Error)
    request.upload.addEventListener('progress', ({ loaded, total }) =>
      progress(total > 0 ? loaded / total : 0),
    )
    request.addEventListener('loadend', () => {
      signal.removeEventListener('abort', stop)
      if (signal.aborted) return fail(signal.reason)
      if (request.status === 0) return fail(new ApiError(wireError('router-unreachable')))
      const made = request.status === 201 ? decodeText(newMediaItem, request.responseText) : null
      if (made?.ok === true) return resolve(made.value)
      const refused = decodeText(errorBody, request.responseText)
      fail(new ApiError(refused.ok ? wireErrorOf(refused.value.error) : wireError('internal')))
    })
    request.open('POST', path)
    for (const [name, value] of Object.entries(playerHeaders())) request.setRequestHeader(name, value)
    request.setRequestHeader('content-type', 'application/octet-stream')
    request.send(file)
  })
}
