import type { TitleManifest } from '../../../config/protocol/title.ts'

export const titleJson = (id: string): TitleManifest => ({
  id,
  version: '1.0.0',
  name: `The ${id}`,
  tagline: '',
  description: '',
  genre: 'Test',
  licence: { spdx: 'Apache-2.0', source: 'here' },
  cover: 'cover.png',
  runtime: { kind: 'linux', command: ['/bin/true'], env: {}, needs: [], packages: [] },
  display: { widthPx: 1280, heightPx: 720, fps: 60 },
  input: { pointer: 'absolute', pad: 'none', touch: 'pointer', touchButtons: [], touchStick: null },
  controls: [],
  limits: { memoryBytes: 64 * 1024 * 1024, maxProcesses: 10, cpuCores: 1, tmpBytes: 1024 * 1024 },
})
