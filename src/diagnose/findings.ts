/** What can be wrong, and the cure; a test compares `docs/diagnose.md` with this table. */

/** Who can fix it; `server` means the operator of the server that the step was about. */
export type Curer = 'you' | 'responder' | 'directory' | 'network'

/** Each row: what is wrong, the cure, who can fix it. */
// prettier-ignore
export const findings = {
  // The key and its certificates
  'key-missing': ['The file holds no private key', 'Give the PEM file that begins with "BEGIN PRIVATE KEY"; a certificate or a public key cannot sign', 'you'],
  'key-is-der': ['The private key is DER and not PEM', 'Convert it: openssl pkey -inform DER -in key.der -out key.pem', 'you'],
  'key-is-pkcs12': ['The key file is PKCS#12 (.p12, .pfx) and not PEM', 'Give its passphrase (CAREQUALITY_KEY_PASSPHRASE; pkcs12Signer of carequality-fhir/node), or convert it: openssl pkcs12 -in key.p12 -out key.pem', 'you'],
  'key-is-encrypted': ['The private key is encrypted', 'Give its passphrase (CAREQUALITY_KEY_PASSPHRASE; encryptedPemSigner of carequality-fhir/node), or decrypt it: openssl pkey -in key.pem -out plain.pem', 'you'],
  'key-not-opened': ['The private key cannot be opened', 'Check the passphrase or PIN, and that it is the one of this key', 'you'],
  'key-too-short': ['The RSA key is shorter than 2048 bits', 'Make a new key of 2048 bits or more and request a certificate for it; servers refuse shorter ones', 'you'],
  'key-not-usable': ['The private key cannot be read, or is of a kind that cannot sign here', 'Give an RSA key of 2048 bits or more, or an EC key on P-256, P-384 or P-521', 'you'],
  'certificate-missing': ['There is no certificate, and mode carequality-legacy sends one with each assertion', 'Give the chain that was issued for this key, leaf first', 'you'],
  'certificate-not-readable': ['The certificates cannot be read', 'Give X.509 certificates as PEM, leaf first', 'you'],
  'key-certificate-mismatch': ['The private key does not belong to the certificate', 'Give the chain that was issued for this key, or the key that the certificate was requested with', 'you'],
  'chain-out-of-order': ['The certificates are in the wrong order', 'Put the leaf first, then each one\'s issuer: the order of x5c is that of the file', 'you'],
  'certificate-expired': ['The certificate has expired', 'Renew it and register the new one with the responder', 'you'],
  'certificate-not-yet-valid': ['The certificate is not valid yet', 'Check this machine\'s clock, or wait for the day it names', 'you'],
  'certificate-other-name': ['The certificate is not issued to the client id', 'Use the client id that the certificate names, or request a certificate with the client id among its names', 'you'],
  'signer-failed': ['The signer gives no signature', 'Look into the HSM or key service: PIN, permission and mechanism', 'you'],
  'signature-wrong': ['The signature does not verify with the certificate\'s key', 'Let the HSM or key service sign with the key that the certificate was issued for, and with the algorithm it is asked for', 'you'],
  'jti-repeated': ['The same "jti" is used twice', 'Give a new one to each assertion: crypto.randomUUID(), and no assertion that was signed before', 'you'],
  'jwks-lacks-key': ['The published JWK set does not hold the key\'s "kid"', 'Publish the set that "carequality-fhir jwks" prints, and keep old keys in it while they are in use', 'you'],
  'jwks-other-key': ['The published JWK set holds another key under this "kid"', 'Publish the set that "carequality-fhir jwks" prints; a new key needs a new "kid"', 'you'],
  'jwks-not-readable': ['The published JWK set cannot be read', 'Serve it as JSON, without a login, at the URL that was registered', 'you'],
  // The network
  'proxy-login': ['The proxy asks for a login (407)', 'Give the proxy\'s URL with user and password, or let the proxy pass these hosts without one', 'network'],
  'proxy-refuses': ['The proxy does not connect to the server', 'Let the proxy pass the hosts that "carequality-fhir egress" lists', 'network'],
  'proxy-page': ['A proxy or firewall answers with a page of its own', 'Let it pass the hosts that "carequality-fhir egress" lists, without inspection', 'network'],
  'host-not-found': ['The host name does not resolve', 'Check the address for a spelling mistake, then this machine\'s DNS', 'network'],
  'no-connection': ['No connection to the server', 'Open the firewall for the hosts that "carequality-fhir egress" lists, or set the proxy', 'network'],
  'no-response': ['The server does not respond in time', 'Try again; if it lasts, open the firewall or ask the server\'s operator', 'network'],
  'server-certificate-unknown-ca': ['The server\'s certificate is of an authority that this machine does not know', 'If it is the hospital\'s own (or its inspecting proxy\'s), give its root to nodeTransport({ ca }) or to NODE_EXTRA_CA_CERTS; else the server must send its whole chain', 'network'],
  'server-certificate-expired': ['The server\'s own TLS certificate has expired', 'Tell the server\'s operator; check this machine\'s clock before', 'server'],
  'server-certificate-other-name': ['The server\'s TLS certificate is for another host name', 'Check the address; if it is right, tell the server\'s operator', 'server'],
  'server-certificate-rejected': ['The server\'s TLS certificate is rejected', 'Tell the server\'s operator', 'server'],
  'client-certificate-refused': ['The server does not accept the TLS client certificate', 'Give the certificate that it expects to nodeTransport({ cert, key, origins })', 'you'],
  'address-not-allowed': ['The address may not be requested', 'It must be https and public; if it is right, name it in allowedOrigins or allowedPrivateHosts', 'you'],
  // Any server
  'clock-off': ['This machine\'s clock is wrong', 'Set it, and keep it right by NTP: assertions are good for five minutes at most', 'you'],
  'server-clock-off': ['The server\'s clock is wrong', 'Tell its operator; up to 10 minutes are corrected by themselves', 'server'],
  'login-page': ['A login page in place of data', 'Use the base URL for systems, not the portal\'s; ask the server\'s operator for it', 'server'],
  'html-page': ['An HTML page in place of data', 'Check the address; a gateway or portal answers there', 'server'],
  'redirected': ['The server redirects elsewhere, which is not followed', 'Use the address that the server itself answers at', 'server'],
  'not-acceptable': ['The server answers 406: it was not asked for FHIR JSON by name', 'Send "Accept: application/fhir+json" with every request, and let no proxy or fetch of your own remove it', 'you'],
  'rate-limited': ['The rate limit is reached (429)', 'Wait for as long as the server says, then send fewer requests; reuse tokens until they expire', 'you'],
  'server-error': ['The server fails (5xx)', 'Try again later; if it lasts, tell the server\'s operator', 'server'],
  'malformed-response': ['The response is not what the specification says', 'Tell the server\'s operator', 'server'],
  // The directory
  'directory-key-refused': ['The directory refuses the API key', 'Check the key for missing characters and line breaks, and that it was issued for this environment', 'you'],
  'directory-key-of-other-environment': ['The API key belongs to another environment of the directory', 'Use this environment\'s key, or name the environment that the key is for', 'you'],
  'entry-not-found': ['The directory has no such organization', 'Check the OID, and the directory\'s environment', 'you'],
  'entry-inactive': ['The directory entry is inactive', 'The organization has left the network; ask the directory', 'directory'],
  'entry-ambiguous': ['Several directory entries have this OID', 'Read one of them by its FHIR id, and tell the directory', 'directory'],
  'no-fhir-endpoint': ['The directory entry lists no FHIR endpoint that can be used', 'Ask the organization for its FHIR base, then use it as base URL', 'responder'],
  // Discovery
  'base-not-found': ['There is no FHIR server at this base (404)', 'Check the base URL: it is what stands before /metadata', 'responder'],
  'metadata-protected': ['The server wants a token for its metadata', 'Ask its operator to publish /metadata openly, or give its token endpoint yourself', 'responder'],
  'fhir-dstu2': ['The server speaks DSTU2 and not R4', 'Ask the responder for its R4 base; it often differs in the path only', 'responder'],
  'fhir-version': ['The server speaks another FHIR version than R4', 'Ask the responder for its R4 base, or take it with fhirVersion: \'STU3\'', 'responder'],
  'token-not-carequality': ['The endpoint "token" is used, and the server publishes "carequality-token" for this flow', 'Use "carequality-token": leave the quirk cerner.carequality-token on, or give its URL as token endpoint', 'you'],
  'token-endpoint-missing': ['The server publishes no token endpoint', 'Ask the responder for it and give it as token endpoint; an open server needs none', 'responder'],
  'token-endpoint-foreign': ['The token endpoint is on a host that does not visibly belong to the server', 'Ask the responder whether the pair is right, then name it in trustedOrigins', 'responder'],
  // The assertion and the token
  'algorithm-not-listed': ['The key cannot sign with any algorithm that the server lists', 'Use a key of a kind that it lists', 'you'],
  'assertion-not-by-the-rules': ['The assertion departs from the rules of the mode', 'Leave out the option that changes it, unless the responder asks for it', 'you'],
  'client-not-registered': ['The authorization server does not know the client', 'Send the responder\'s operator what "carequality-fhir registration-letter" prints: client id, certificate, scopes', 'responder'],
  'certificate-not-registered': ['The client is registered with another key or certificate', 'Send the responder\'s operator the certificate in use; after each renewal, too', 'responder'],
  'audience-refused': ['The authorization server expects another "aud"', 'Ask the responder for the exact text and give it as audience; the default is the token endpoint as published', 'responder'],
  'assertion-time-refused': ['The authorization server finds the assertion expired or ahead of time', 'Compare both clocks, then tell the responder\'s operator', 'responder'],
  'grant-refused': ['The client may not use client credentials', 'Ask the responder\'s operator to register it for client_credentials with private_key_jwt', 'responder'],
  'scope-refused': ['The authorization server refuses the scope', 'Ask for a scope that it supports and that the client is registered for; SMART v1 and v2 write it differently (read, rs)', 'responder'],
  'scope-narrowed': ['The token has fewer scopes than were asked for', 'Ask the responder\'s operator to register the missing ones', 'responder'],
  'token-rejected': ['The authorization server gives no token', 'Ask the responder\'s operator, with the request id', 'responder'],
  'token-endpoint-wrong': ['There is no token endpoint at the published address', 'Tell the responder; take another one that it publishes, or give it as token endpoint', 'responder'],
  'token-not-usable': ['The token response cannot be used', 'Tell the responder\'s operator: access_token and token_type Bearer are needed', 'responder'],
  // UDAP
  'udap-not-published': ['The server publishes no UDAP metadata for this community', 'Ask the responder for its UDAP base and community', 'responder'],
  'udap-anchor-missing': ['No path leads from the server\'s UDAP certificate to an anchor', 'Add the community\'s root to the trust store\'s anchors, and its intermediates', 'you'],
  'udap-revoked': ['The server\'s UDAP certificate is revoked', 'Do not use the server; tell the responder and the community', 'responder'],
  'udap-revocation-unknown': ['Nothing says whether the server\'s UDAP certificate is revoked', 'Open the firewall for the CRL and OCSP hosts that "carequality-fhir egress" lists', 'network'],
  'udap-expired': ['The server\'s UDAP certificate or metadata has expired', 'Tell the responder\'s operator', 'responder'],
  'udap-other-base': ['The signed UDAP metadata is for another base URL', 'Use the base URL that it names', 'responder'],
  'udap-refused': ['The server\'s UDAP metadata does not verify', 'Tell the responder\'s operator what the evidence says', 'responder'],
  'registration-refused': ['The server registers nothing', 'Read the OAuth error: certificate and community, certifications, or scope', 'responder'],
  // A read
  'token-refused': ['The FHIR server refuses the token', 'Ask the responder whether its FHIR server accepts this authorization server\'s tokens', 'responder'],
  'read-forbidden': ['The FHIR server does not permit the read', 'Ask for a scope that covers Patient, or ask the responder what else it wants', 'responder'],
  'patient-not-found': ['The server has no Patient with this id', 'Search for the patient: ids mean nothing at another server', 'you'],
  'read-failed': ['The read does not succeed', 'Tell the responder\'s operator, with the request id', 'responder'],
} as const

/** Names what is wrong; stable, for programs. `docs/diagnose.md` lists them. */
export type FindingId = keyof typeof findings
