import type { SessionBuild } from '../store/publishingStore.ts'

/** What nodes are told of a session's build: nothing where it is a title that they came with. */
export const versionOf = (build: SessionBuild | undefined): { version?: string } =>
  build === undefined ? {} : { version: build.version }
