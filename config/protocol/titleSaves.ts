/**
 * Which files of a home a title means by `saves`. In a glob `**` stands for any folders, or none; `*` for any part of a name, also of one
 * that begins with a dot; `?` for one character; everything else for itself.
 * @param globs absent: every file
 */
export function saveFilter(globs: readonly string[] | undefined): (path: string) => boolean {
  if (globs === undefined) return () => true
  const forms = globs.map(formOf)
  return (path) => forms.some((form) => form.test(path))
}

function formOf(glob: string): RegExp {
  const parts = glob.split('/').filter((part) => part !== '' && part !== '.')
  const last = parts.length - 1
  const text = parts.map((part, index) => {
    if (part === '**') return index === last ? '.+' : '(?:[^/]+/)*'
    // Consecutive stars mean one, and would only make the match slow.
    const name = part
      .replace(/\*+/g, '*')
      .replace(/[.+^${}()|[\]\\]/g, '\\$&')
      .replaceAll('*', '[^/]*')
      .replaceAll('?', '[^/]')
    return index === last ? name : `${name}/`
  })
  return new RegExp(`^${text.join('')}$`, 'su')
}
