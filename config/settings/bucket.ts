import * as z from 'zod/mini'

const form =
  /^s3:\/\/(?<key>[^:@/]+):(?<secret>[^@/]+)@(?<host>[^/?@]+)\/(?<bucket>[a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?<prefix>(?:\/[\w-]+)*)\/?(?:\?(?<query>.*))?$/

/**
 * `s3://KEY:SECRET@HOST[:PORT]/BUCKET[/PREFIX][?region=REGION&tls=no]`, key and secret percent-encoded; empty: none. The URL class knows
 * no `s3:`, and a secret has slashes often enough to be worth its own form.
 */
export const bucketText = z.pipe(
  z
    .string()
    .check(
      z.refine(
        (text: string) => text === '' || parse(text) !== null,
        'must be s3://KEY:SECRET@HOST/BUCKET, optionally ?region=REGION&tls=no',
      ),
    ),
  z.transform((text: string) => (text === '' ? null : parse(text))),
)

function parse(text: string) {
  const { key, secret, host, bucket, prefix, query } = form.exec(text)?.groups ?? {}
  if (key === undefined || secret === undefined || host === undefined || bucket === undefined) return null
  const options = new Map<string, string>()
  for (const pair of (query ?? '').split('&').filter((one) => one !== '')) {
    const [name = '', value = ''] = pair.split('=')
    const isKnown = name === 'region' ? /^[\w-]+$/.test(value) : name === 'tls' && /^(?:yes|no)$/.test(value)
    if (!isKnown || options.has(name)) return null
    options.set(name, value)
  }
  try {
    return {
      endpoint: `${options.get('tls') === 'no' ? 'http' : 'https'}://${host}`,
      region: options.get('region') ?? 'us-east-1',
      accessKeyId: decodeURIComponent(key),
      secretAccessKey: decodeURIComponent(secret),
      bucket,
      prefix: prefix === undefined || prefix === '' ? '' : `${prefix.slice(1)}/`,
    }
  } catch {
    return null
  }
}
