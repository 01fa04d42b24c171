import type { WireError } from '../../config/errors.ts'

/** A page for people who followed a wrong link. It has no style of its own: the policy allows none inline. */
export function errorPage({ code, what, next }: WireError): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Nearcade: ${escape(what)}</title>
</head>
<body>
<main>
<h1>${escape(what)}</h1>
<p>${escape(next)}</p>
<p><a href="/">Library</a></p>
<p><small>Code: ${escape(code)}</small></p>
</main>
</body>
</html>
`
}

const escape = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
