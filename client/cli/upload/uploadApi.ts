import { type TitleVersion, titleVersion } from '../../../config/protocol/publishing.ts'
import {
  chunksAnswer,
  type NewUpload,
  type UploadView,
  uploadView,
} from '../../../config/protocol/uploads.ts'
import type { RouterApi } from '../router.ts'

/** One organisation's uploads (config/protocol/uploads.ts). */
export interface UploadApi {
  begin(content: NewUpload, signal?: AbortSignal): Promise<UploadView>
  view(uploadId: string, signal?: AbortSignal): Promise<UploadView>
  /** @param body frames; left alone until the answer is there @returns bytes that are missing still */
  send(uploadId: string, body: Uint8Array, signal?: AbortSignal): Promise<number>
  finish(uploadId: string, signal?: AbortSignal): Promise<UploadView>
  /** Makes it a version of the title that its manifest names. */
  publish(uploadId: string, signal?: AbortSignal): Promise<TitleVersion>
}

/** A large tree is read, checked and written within one answer. */
const slowMs = 10 * 60_000

export function uploadApi(router: Pick<RouterApi, 'call'>, orgId: string): UploadApi {
  const at = `/api/orgs/${encodeURIComponent(orgId)}`
  const of = (uploadId: string): string => `${at}/uploads/${encodeURIComponent(uploadId)}`
  return {
    begin: (json, signal) =>
      router.call(uploadView, 'POST', `${at}/uploads`, { json, signal, timeoutMs: slowMs }),
    view: (uploadId, signal) => router.call(uploadView, 'GET', of(uploadId), { signal }),
    send: async (uploadId, bytes, signal) =>
      (await router.call(chunksAnswer, 'PUT', `${of(uploadId)}/chunks`, { bytes, signal })).missingBytes,
    finish: (uploadId, signal) =>
      router.call(uploadView, 'POST', `${of(uploadId)}/finish`, { json: {}, signal, timeoutMs: slowMs }),
    publish: (uploadId, signal) =>
      router.call(titleVersion, 'POST', `${at}/titles/versions`, {
        json: { uploadId },
        signal,
        timeoutMs: slowMs,
      }),
  }
}
