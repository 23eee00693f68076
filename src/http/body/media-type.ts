/** Types that messages name; any other may be the server's own text. */
const SHOWN: ReadonlySet<string> = new Set([
  ...[
    'text/html',
    'text/plain',
    'text/xml',
    'text/css',
    'text/csv',
    'text/javascript',
    'text/json',
  ],
  ...['text/fhir+xml', 'text/markdown', 'application/xml', 'application/xhtml+xml'],
  ...['application/json', 'application/fhir+json', 'application/json+fhir', 'application/fhir+xml'],
  ...['application/xml+fhir', 'application/problem+json', 'application/jose', 'application/jwt'],
  ...['application/octet-stream', 'application/pdf', 'application/soap+xml', 'application/zip'],
  ...['application/gzip', 'application/fhir+ndjson', 'application/x-www-form-urlencoded'],
  ...['application/javascript', 'multipart/form-data', 'multipart/mixed', 'multipart/related'],
  ...['image/png', 'image/jpeg', 'image/gif', 'image/tiff', 'image/svg+xml'],
])

/** The type of a response without its parameters, in lower case; empty where it has none. */
export function mediaTypeOf(headers: Headers): string {
  return (headers.get('content-type') ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? ''
}

/** A media type as messages may show it. */
export function shownMediaType(type: string): string | undefined {
  return SHOWN.has(type) ? type : undefined
}

/** The charset that a response names, in lower case; undefined where it names none. */
export function charsetOf(headers: Headers): string | undefined {
  const type = headers.get('content-type') ?? ''
  if (!type.includes('=')) return undefined
  const parameters = type.slice(0, LONGEST_TYPE).split(';').slice(1)
  for (const parameter of parameters) {
    const at = parameter.indexOf('=')
    if (parameter.slice(0, at).trim().toLowerCase() !== 'charset') continue
    const value = parameter
      .slice(at + 1)
      .trim()
      .toLowerCase()
    return value.startsWith('"') ? value.slice(1).split('"', 1)[0] : value
  }
  return undefined
}

const LONGEST_TYPE = 1_000
