/**
 * Names that servers write into `Content-Encoding` though nothing is encoded: charsets, MIME's
 * transfer encodings.
 */
const NO_CODING: ReadonlySet<string> = new Set([
  ...['', 'identity', 'none', 'utf-8', 'utf8', 'us-ascii', 'ascii', 'iso-8859-1', 'windows-1252'],
  ...['7bit', '8bit', 'binary'],
])
const KNOWN: ReadonlySet<string> = new Set(['gzip', 'x-gzip', 'deflate', 'br', 'zstd'])

/**
 * The single encoding of a body: '' for none, undefined where there are several or it is unknown.
 */
export function contentCodingOf(headers: Headers): string | undefined {
  const coding = headers.get('content-encoding')?.trim().toLowerCase() ?? ''
  if (NO_CODING.has(coding)) return ''
  return KNOWN.has(coding) ? coding : undefined
}
