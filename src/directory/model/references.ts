import { urlBelow } from '../../http/policies/base-url.ts'

/**
 * The references under which an Endpoint of a page may be found: verbatim, without its version, and
 * relative if it is below the directory's base.
 */
export function endpointKeys(reference: string, baseUrl: string): readonly string[] {
  const history = reference.indexOf('/_history/')
  const plain = history < 0 ? reference : reference.slice(0, history)
  const base = urlBelow(baseUrl, '')
  return [reference, plain, ...(plain.startsWith(base) ? [plain.slice(base.length)] : [])]
}
