import { jsonAnswer } from './answering-fetch.ts'

export const OAUTH_URIS = 'http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris'
export const CERNER_URIS =
  'https://fhir-ehr.cerner.com/r4/StructureDefinition/carequality-oauth-uris'

/** An extension that groups named URIs. */
export function uriGroup(url: string, uris: Readonly<Record<string, string>>): object {
  return {
    url,
    extension: Object.entries(uris).map(([name, valueUri]) => ({ url: name, valueUri })),
  }
}

/** A CapabilityStatement whose server part publishes these extensions. */
export function capability(extension: readonly object[], more: object = {}): object {
  return {
    resourceType: 'CapabilityStatement',
    status: 'active',
    kind: 'instance',
    fhirVersion: '4.0.1',
    rest: [{ mode: 'server', security: { cors: true, extension } }],
    ...more,
  }
}

/** A CapabilityStatement with one token endpoint in the right extension. */
export function capabilityWithToken(token: string): object {
  return capability([uriGroup(OAUTH_URIS, { token })])
}

/** Answers each of the two documents; what is left out is 404. */
export function serving(documents: {
  metadata?: ((request: Request) => Response | Promise<Response>) | undefined
  smart?: ((request: Request) => Response | Promise<Response>) | undefined
}): (request: Request) => Response | Promise<Response> {
  return (request) => {
    const path = new URL(request.url).pathname
    const answer = path.endsWith('/metadata')
      ? documents.metadata
      : path.endsWith('/.well-known/smart-configuration')
        ? documents.smart
        : undefined
    return answer?.(request) ?? new Response(null, { status: 404 })
  }
}

/** Serves a CapabilityStatement and, if given, a smart-configuration. */
export function publishing(
  metadata: object | undefined,
  smart?: object,
): (request: Request) => Response | Promise<Response> {
  return serving({
    metadata: metadata === undefined ? undefined : () => jsonAnswer(metadata),
    smart:
      smart === undefined
        ? undefined
        : () => jsonAnswer(smart, { 'content-type': 'application/json' }),
  })
}
