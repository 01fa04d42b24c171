import * as z from 'zod/mini'
import { type TitleVersion, titleVersion } from '../../../config/protocol/publishing.ts'
import {
  chunksAnswer,
  type NewUpload,
  type UploadView,
  uploadView,
} from '../../../config/protocol/uploads.ts'
import { call } from '../../ui/api.ts'

export interface UploadApi {
  begin(content: NewUpload): Promise<UploadView>
  view(uploadId: string): Promise<UploadView>
  /** @param body frames @returns bytes that are missing still */
  send(uploadId: string, body: Blob, signal: AbortSignal): Promise<number>
  finish(uploadId: string): Promise<UploadView>
  discard(uploadId: string): Promise<void>
  /** Makes the upload a version of the title that its manifest names. */
  publish(uploadId: string): Promise<TitleVersion>
}

/** A large tree takes its time to be sent and looked through. */
const slowMs = 120_000

export function uploadApi(orgId: string): UploadApi {
  const at = `/api/orgs/${encodeURIComponent(orgId)}`
  const of = (uploadId: string): string => `${at}/uploads/${encodeURIComponent(uploadId)}`
  return {
    begin: (content) => call(uploadView, 'POST', `${at}/uploads`, { body: content, timeoutMs: slowMs }),
    view: (uploadId) => call(uploadView, 'GET', of(uploadId)),
    send: async (uploadId, body, signal) =>
      (await call(chunksAnswer, 'PUT', `${of(uploadId)}/chunks`, { bytes: body, signal, timeoutMs: slowMs }))
        .missingBytes,
    finish: (uploadId) => call(uploadView, 'POST', `${of(uploadId)}/finish`, { body: {}, timeoutMs: slowMs }),
    discard: async (uploadId) => {
      await call(z.unknown(), 'DELETE', of(uploadId))
    },
    publish: (uploadId) =>
      call(titleVersion, 'POST', `${at}/titles/versions`, { body: { uploadId }, timeoutMs: slowMs }),
  }
}
