import { urlBelow } from '../../http/policies/base-url.ts'

/**
 * What an Endpoint may be found by on a page: the reference as it is, without its version, and
 * relative where it lies below the directory's base.
 */
export function endpointKeys(reference: string, baseUrl: string): readonly string[] {
  const history = reference.indexOf('/_history/')
  const plain = history < 0 ? reference : reference.slice(0, history)
  const base = urlBelow(baseUrl, '')
  return [reference, plain, ...(plain.startsWith(base) ? [plain.slice(base.length)] : [])]
}
