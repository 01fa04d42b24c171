import { posix } from 'node:path'

/** Where a title's folder and our Node executable are mounted, read-only. */
export const insideTitle = '/opt/title'
export const insideNode = '/opt/node'

export interface TitleCommand {
  readonly command: readonly string[]
  readonly readOnly: Readonly<Record<string, string>>
}

/** Pure: fills `{title}` and `{node}` of a native title's command in, and says what must be mounted for it. */
export function titleCommand(
  command: readonly string[],
  paths: { readonly titleFolder: string; readonly node: string },
): TitleCommand {
  const filled = command.map((part) =>
    part.replaceAll('{title}', insideTitle).replaceAll('{node}', insideNode),
  )
  const usesNode = command.some((part) => part.includes('{node}'))
  return {
    command: filled,
    readOnly: { [paths.titleFolder]: insideTitle, ...(usesNode ? { [paths.node]: insideNode } : {}) },
  }
}

/** Pure: where a title starts that names a folder of its build. */
export const insideWorkFolder = (folder: string | undefined): string | undefined =>
  folder === undefined ? undefined : posix.join(insideTitle, folder)

/** Pure: the environment that makes SDL draw in software, which is far cheaper here than software GL. */
export const softwareDrawing: Readonly<Record<string, string>> = {
  SDL_RENDER_DRIVER: 'software',
  SDL_FRAMEBUFFER_ACCELERATION: '0',
}
