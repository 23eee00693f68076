export function verifyJwt(
  jwt: string,
  trust: {
    /** Base64 of DER. */
    readonly anchors: readonly string[]
    readonly intermediates?: readonly string[]
    /** DER. */
    readonly crls?: readonly Uint8Array[]
  },
): Promise<{ claims: Record<string, unknown>; uris: string[] }>

export function signJwt(
  claims: object,
  identity: { readonly key: string; readonly certificates: readonly string[] },
  options?: { readonly alg?: string; readonly x5c?: readonly string[] },
): string
