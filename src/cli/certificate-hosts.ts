/** Where the certificates of a UDAP community point to: lists of what is revoked, and OCSP. */
import type { Network } from './network.ts'
import type { Settings } from './settings.ts'

const URL_IN_DER = /https?:\/\/[\x21-\x7e]{1,200}/g

/** The URLs in the anchors and intermediates of the settings; none in other modes. */
export async function hostsInCertificates(
  settings: Settings,
  { mode }: Network,
): Promise<readonly string[]> {
  if (mode !== 'udap') return []
  const files = [
    await settings.file('udapAnchorsFile'),
    await settings.file('udapIntermediatesFile'),
  ]
  const urls = files.flatMap((bytes) => (bytes === undefined ? [] : urlsIn(bytes)))
  return [...new Set(urls)]
}

/** URLs are IA5 text in DER: they stand in it as they are, between bytes that are none of their own. */
function urlsIn(bytes: Uint8Array): readonly string[] {
  const text = new TextDecoder().decode(bytes)
  const blocks = [...text.matchAll(/-----BEGIN CERTIFICATE-----([^-]*)-----END/g)]
  return blocks.flatMap(([, body = '']) => {
    const der = atob(body.replace(/\s/g, ''))
    return [...der.matchAll(URL_IN_DER)].map(([url]) => url)
  })
}
