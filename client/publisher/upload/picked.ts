/** What a publisher dropped or chose, before anything was read of it. */
export interface PickedFile {
  /** From the root of the build, with slashes. */
  readonly path: string
  readonly file: File
}

export type Picked =
  | { readonly kind: 'folder'; readonly name: string; readonly files: readonly PickedFile[] }
  | { readonly kind: 'archive'; readonly name: string; readonly file: File }

/** `archive`: as the router takes them by name. */
export interface PickRules {
  readonly archive: RegExp
}

/** What systems leave behind in folders; no build wants it. */
const litter = /(?:^|\/)(?:\.DS_Store|Thumbs\.db|desktop\.ini|__MACOSX(?:\/.*)?|\.git(?:\/.*)?)$/

/**
 * The build among what was dropped: one folder stands for what is in it, one archive for itself, anything else for a folder without a name.
 * Call it within the drop event: the list is empty afterwards.
 * @throws DOMException when something cannot be read
 */
export async function fromDrop(items: DataTransferItemList, rules: PickRules): Promise<Picked | null> {
  const entries = [...items].map((item) => item.webkitGetAsEntry()).filter((entry) => entry !== null)
  const [first] = entries
  if (first === undefined) return null
  if (entries.length === 1 && isFile(first)) return onlyFile(await fileOf(first), rules)
  const root = entries.length === 1 && isFolder(first) ? first : null
  const files: PickedFile[] = []
  for (const entry of root === null ? entries : await entriesIn(root)) await collect(entry, '', files)
  return folder(root?.name ?? '', files)
}

/** From `<input type="file">`, with or without `webkitdirectory`. */
export function fromInput(list: FileList, rules: PickRules): Picked | null {
  const files = [...list]
  const [first] = files
  if (first === undefined) return null
  if (files.length === 1 && first.webkitRelativePath === '') return onlyFile(first, rules)
  const [name = ''] = first.webkitRelativePath.split('/')
  return folder(
    name,
    files.map((file) => ({
      path: file.webkitRelativePath === '' ? file.name : file.webkitRelativePath.slice(name.length + 1),
      file,
    })),
  )
}

const onlyFile = (file: File, { archive }: PickRules): Picked =>
  archive.test(file.name)
    ? { kind: 'archive', name: file.name, file }
    : folder('', [{ path: file.name, file }])

const folder = (name: string, files: readonly PickedFile[]): Picked => ({
  kind: 'folder',
  name,
  files: files.filter(({ path }) => !litter.test(path)),
})

async function collect(entry: FileSystemEntry, above: string, files: PickedFile[]): Promise<void> {
  const path = `${above}${entry.name}`
  if (isFile(entry)) files.push({ path, file: await fileOf(entry) })
  else if (isFolder(entry))
    for (const inside of await entriesIn(entry)) await collect(inside, `${path}/`, files)
}

// Chromium has no such classes to ask `instanceof`.
const isFile = (entry: FileSystemEntry): entry is FileSystemFileEntry => entry.isFile
const isFolder = (entry: FileSystemEntry): entry is FileSystemDirectoryEntry => entry.isDirectory

const fileOf = (entry: FileSystemFileEntry): Promise<File> =>
  new Promise((resolve, reject) => entry.file(resolve, reject))

/** A reader gives a hundred at a time, and none at the end. */
async function entriesIn(directory: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = directory.createReader()
  const all: FileSystemEntry[] = []
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    )
    if (some.length === 0) return all
    all.push(...some)
  }
}
