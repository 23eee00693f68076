import { openBinary, type BinaryContent, type BinaryOptions } from './interactions/binary.ts'
import {
  fhirPartsOf,
  type FhirClientOptions,
  type FhirParts,
  type ServerDetails,
} from './fhir-parts.ts'
import { historyOf, type HistoryOptions, type HistoryResults } from './interactions/history.ts'
import { runOperation, type OperationOptions } from './interactions/operation.ts'
import { readResource, type ReadOptions } from './interactions/read.ts'
import type { SearchParameters } from './search/search-parameters.ts'
import type { SearchResults } from './pages/results.ts'
import { searchResources, type SearchOptions } from './search/search.ts'
import type { FhirVersion, ResourceOf, ResourceType } from './types.ts'

/**
 * A minimal client for other resource types: any resource by its type, operations, and the content of
 * attachments. `scope` must cover what is asked for; nothing is widened.
 *
 * @example
 * ```ts
 * const fhir = new FhirClient({ baseUrl: 'https://fhir.example.org/r4', authorize })
 * for await (const { content } of fhir.search('DocumentReference', { patient: '1316024' })) {
 *   const { body } = await fhir.binary(content[0]?.attachment.url ?? '')
 * }
 * ```
 *
 * @see [FHIR R4, RESTful API](https://hl7.org/fhir/R4/http.html)
 */
export class FhirClient<V extends FhirVersion = 'R4'> {
  readonly #parts: FhirParts

  /** Throws `TypeError` for a wrong option. */
  constructor(options: FhirClientOptions<V>)
  /** @internal */
  constructor(options: FhirClientOptions<V>, details: ServerDetails)
  constructor(options: FhirClientOptions<V>, details: Partial<ServerDetails> = {}) {
    this.#parts = fhirPartsOf(options, details)
  }

  /**
   * Reads a resource. Throws `ERR_CQ_NOT_FOUND`, `ERR_CQ_GONE`, and `ERR_CQ_UNEXPECTED_RESOURCE` if
   * the server returns another one.
   */
  read<T extends ResourceType<V>>(
    type: T,
    id: string,
    options?: ReadOptions,
  ): Promise<ResourceOf<T, V>> {
    return readResource(this.#parts, 'fhir.read', { type, id }, options)
  }

  /** Reads one version of a resource ([FHIR R4, vread](https://hl7.org/fhir/R4/http.html#vread)). */
  vread<T extends ResourceType<V>>(
    type: T,
    id: string,
    versionId: string,
    options?: ReadOptions,
  ): Promise<ResourceOf<T, V>> {
    return readResource(this.#parts, 'fhir.vread', { type, id, versionId }, options)
  }

  /** The versions of a resource, page by page. Throws `TypeError` at once for what cannot be sent. */
  history<T extends ResourceType<V>>(
    type: T,
    id: string,
    options?: HistoryOptions,
  ): HistoryResults<ResourceOf<T, V>, V> {
    return historyOf(this.#parts, 'fhir.history', type, id, options)
  }

  /**
   * Searches lazily: no request is made before the result is used, and each use is a new search. By
   * POST first, as Patient searches. Throws `TypeError` at once for what cannot be sent.
   */
  search<T extends ResourceType<V>>(
    type: T,
    parameters: SearchParameters,
    options?: SearchOptions,
  ): SearchResults<ResourceOf<T, V>, V> {
    return searchResources(this.#parts, 'fhir.search', type, parameters, options)
  }

  /**
   * Runs an operation by its name, with or without `$`; undefined where the server answers 204.
   * Throws `ERR_CQ_OPERATION_NOT_SUPPORTED` where the server does not have it.
   */
  operation<T extends ResourceType<V> = ResourceType<V>>(
    name: string,
    options: OperationOptions<T, V> = {},
  ): Promise<ResourceOf<T, V> | undefined> {
    return runOperation(this.#parts, name, options)
  }

  /**
   * Opens an attachment by its URL, absolute or relative, as a stream. Only at or below the FHIR
   * base, because the token is sent along. `timeoutMs` is the time until the content begins.
   */
  binary(url: string, options?: BinaryOptions): Promise<BinaryContent> {
    return openBinary(this.#parts, url, options)
  }
}
