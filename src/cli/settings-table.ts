/** Every setting: where it comes from and what it is. Secrets come from the environment or from files, never from arguments. */

/** How a setting is read. */
export type Kind = 'text' | 'file' | 'list' | 'seconds' | 'flag' | 'secret'

/** One setting. */
export interface Setting {
  /** In the configuration file; the option is the same in kebab-case. */
  readonly name: string
  readonly env: string
  readonly kind: Kind
  /** Shown for the value in the help. */
  readonly value: string
  readonly help: string
  readonly choices?: readonly string[] | undefined
}

const setting = (
  name: string,
  kind: Kind,
  value: string,
  help: string,
  choices?: readonly string[],
): Setting => ({
  name,
  env: `CAREQUALITY_${name.replace(/[A-Z]/g, '_$&').toUpperCase()}`,
  ...{ kind, value, help, choices },
})

/** In the order of the help. */
// prettier-ignore
export const settingsTable: readonly Setting[] = [
  setting('organization', 'text', 'OID', 'The organization to ask, by its OID.'),
  setting('baseUrl', 'text', 'URL', 'The FHIR base, in place of what the directory lists.'),
  setting('tokenEndpoint', 'text', 'URL', 'In place of the token endpoint that the server publishes.'),
  setting('release', 'text', 'NAME', 'The directory\'s API. Default carequality-stu3.', ['carequality-stu3', 'carequality-r4', 'rce-r4']),
  setting('environment', 'text', 'NAME', 'The directory\'s environment.', ['production', 'stage', 'dev']),
  setting('directoryUrl', 'text', 'URL', 'The directory\'s base URL, in place of the environment\'s.'),
  setting('apiKey', 'secret', 'KEY', 'The directory\'s API key.'),
  setting('apiKeyFile', 'file', 'FILE', 'A file that holds the API key.'),
  setting('snapshot', 'file', 'FILE', 'A copy made by "directory mirror", used in place of the directory.'),
  setting('mode', 'text', 'MODE', 'How servers are spoken to. Default carequality-legacy.', ['carequality-legacy', 'smart-backend', 'udap']),
  setting('clientId', 'text', 'ID', 'How authorization servers know you; in carequality-legacy the name in the certificate.'),
  setting('keyFile', 'file', 'FILE', 'The private key: PEM, also encrypted, or PKCS#12.'),
  setting('keyPassphrase', 'secret', 'TEXT', 'The passphrase of an encrypted key.'),
  setting('keyPassphraseFile', 'file', 'FILE', 'A file that holds the passphrase.'),
  setting('certificatesFile', 'file', 'FILE', 'The certificates, leaf first.'),
  setting('kid', 'text', 'KID', 'The key id that servers know the key by.'),
  setting('jwksUrl', 'text', 'URL', 'Where your JWK set is published.'),
  setting('scope', 'text', 'SCOPES', 'Scopes to ask for. Default system/Patient.read.'),
  setting('purposeOfUse', 'text', 'CODE', 'Why you ask, for example TREAT.'),
  setting('audience', 'text', 'TEXT', 'The assertion\'s aud: token-endpoint (default), issuer, or a text.'),
  setting('trustedOrigins', 'list', 'PAIRS', 'Pairs FHIR=TOKEN of origins that belong together, separated by commas.'),
  setting('allowedOrigins', 'list', 'ORIGINS', 'The only origins that may be asked, separated by commas.'),
  setting('allowedPrivateHosts', 'list', 'HOSTS', 'Hosts in private networks that may be asked, separated by commas.'),
  setting('allowInsecureLoopback', 'flag', '', 'Permit http and loopback addresses, for the sandbox.'),
  setting('timeout', 'seconds', 'SECONDS', 'Time for one call. Default 60.'),
  setting('caFile', 'file', 'FILE', 'Certificate authorities in place of Node\'s own.'),
  setting('proxy', 'secret', 'URL', 'The proxy\'s URL, or "env" for HTTPS_PROXY and NO_PROXY.'),
  setting('tlsCertificateFile', 'file', 'FILE', 'Your TLS client certificate.'),
  setting('tlsKeyFile', 'file', 'FILE', 'The key of the TLS client certificate.'),
  setting('tlsOrigins', 'list', 'ORIGINS', 'The only origins that are offered the TLS client certificate.'),
  setting('udapClientUri', 'text', 'URI', 'Mode udap: your URI, as it is in the certificate.'),
  setting('udapClientName', 'text', 'TEXT', 'Mode udap: your name, for people.'),
  setting('udapContacts', 'list', 'URIS', 'Mode udap: contacts, one of them mailto:, separated by commas.'),
  setting('udapCommunity', 'text', 'URI', 'Mode udap: the community\'s URI.'),
  setting('udapAnchorsFile', 'file', 'FILE', 'Mode udap: the roots of the community.'),
  setting('udapIntermediatesFile', 'file', 'FILE', 'Mode udap: intermediates of the community.'),
  setting('udapProfile', 'text', 'NAME', 'Mode udap: which rules. Default ssraa.', ['ssraa', 'tefca', 'carequality-2021']),
  setting('udapOrganizationId', 'text', 'URI', 'Mode udap: on whose behalf you ask.'),
  setting('udapOrganizationName', 'text', 'TEXT', 'Mode udap: its name.'),
  setting('registrationsFile', 'file', 'FILE', 'Mode udap: where registrations are kept between commands.'),
]

/** The option of a setting. */
export function optionOf({ name }: Setting): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
}
