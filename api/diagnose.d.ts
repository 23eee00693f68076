// carequality-fhir/diagnose: its public declarations. Written by `npm run api`.

export type Curer = 'you' | 'responder' | 'directory' | 'network';

export interface DiagnoseOptions extends Omit<CarequalityClientOptions, 'signer' | 'clientId'> {
    clientId?: string | undefined;
    key?: KeyFile | undefined;
    certificates?: CertificateInput | undefined;
    signer?: Signer<SigningAlgorithm> | (() => Promise<Signer<SigningAlgorithm>>) | undefined;
    organization?: string | undefined;
    baseUrl?: string | undefined;
    tokenEndpoint?: string | undefined;
    patientId?: string | undefined;
    jwksUrl?: string | undefined;
    otherEnvironments?: boolean | undefined;
    signal?: AbortSignal | undefined;
}

export interface Diagnosis {
    readonly ok: boolean;
    readonly steps: readonly DiagnosisStep[];
    readonly first?: DiagnosisStep | undefined;
    toString(): string;
}

export interface DiagnosisStep {
    readonly id: DiagnosisStepId;
    readonly title: string;
    readonly state: 'passed' | 'failed' | 'not reached';
    readonly summary?: string | undefined;
    readonly finding?: FindingId | undefined;
    readonly cure?: string | undefined;
    readonly who?: Curer | undefined;
    readonly evidence: readonly string[];
}

export type DiagnosisStepId = keyof typeof diagnosisSteps;

export type FindingId = keyof typeof findings;

export declare function diagnose(options: DiagnoseOptions): Promise<Diagnosis>;

export declare const diagnosisSteps: {
    readonly key: "Private key";
    readonly certificate: "Certificate of the key";
    readonly chain: "Order of the certificates";
    readonly validity: "Validity of the certificates";
    readonly names: "Client id in the certificate";
    readonly signature: "Signature";
    readonly jwks: "Published JWK set";
    readonly directory: "Directory and API key";
    readonly endpoint: "FHIR endpoint";
    readonly metadata: "FHIR base and metadata";
    readonly udap: "UDAP metadata";
    readonly 'token-endpoint': "Token endpoint";
    readonly clock: "Clock";
    readonly assertion: "Client assertion";
    readonly token: "Access token";
    readonly scope: "Scope";
    readonly read: "Patient read";
};

export declare const findings: {
    readonly 'key-missing': readonly [
        "The file holds no private key",
        "Give the PEM file that begins with \"BEGIN PRIVATE KEY\"; a certificate or a public key cannot sign",
        "you"
    ];
    readonly 'key-is-der': readonly [
        "The private key is DER and not PEM",
        "Convert it: openssl pkey -inform DER -in key.der -out key.pem",
        "you"
    ];
    readonly 'key-is-pkcs12': readonly [
        "The key file is PKCS#12 (.p12, .pfx) and not PEM",
        "Give its passphrase (CAREQUALITY_KEY_PASSPHRASE; pkcs12Signer of carequality-fhir/node), or convert it: openssl pkcs12 -in key.p12 -out key.pem",
        "you"
    ];
    readonly 'key-is-encrypted': readonly [
        "The private key is encrypted",
        "Give its passphrase (CAREQUALITY_KEY_PASSPHRASE; encryptedPemSigner of carequality-fhir/node), or decrypt it: openssl pkey -in key.pem -out plain.pem",
        "you"
    ];
    readonly 'key-not-opened': readonly [
        "The private key cannot be opened",
        "Check the passphrase or PIN, and that it is the one of this key",
        "you"
    ];
    readonly 'key-too-short': readonly [
        "The RSA key is shorter than 2048 bits",
        "Make a new key of 2048 bits or more and request a certificate for it; servers refuse shorter ones",
        "you"
    ];
    readonly 'key-not-usable': readonly [
        "The private key cannot be read, or is of a kind that cannot sign here",
        "Give an RSA key of 2048 bits or more, or an EC key on P-256, P-384 or P-521",
        "you"
    ];
    readonly 'certificate-missing': readonly [
        "There is no certificate, and mode carequality-legacy sends one with each assertion",
        "Give the chain that was issued for this key, leaf first",
        "you"
    ];
    readonly 'certificate-not-readable': readonly [
        "The certificates cannot be read",
        "Give X.509 certificates as PEM, leaf first",
        "you"
    ];
    readonly 'key-certificate-mismatch': readonly [
        "The private key does not belong to the certificate",
        "Give the chain that was issued for this key, or the key that the certificate was requested with",
        "you"
    ];
    readonly 'chain-out-of-order': readonly [
        "The certificates are in the wrong order",
        "Put the leaf first, then each one's issuer: the order of x5c is that of the file",
        "you"
    ];
    readonly 'certificate-expired': readonly [
        "The certificate has expired",
        "Renew it and register the new one with the responder",
        "you"
    ];
    readonly 'certificate-not-yet-valid': readonly [
        "The certificate is not valid yet",
        "Check this machine's clock, or wait for the day it names",
        "you"
    ];
    readonly 'certificate-other-name': readonly [
        "The certificate is not issued to the client id",
        "Use the client id that the certificate names, or request a certificate with the client id among its names",
        "you"
    ];
    readonly 'signer-failed': readonly [
        "The signer gives no signature",
        "Look into the HSM or key service: PIN, permission and mechanism",
        "you"
    ];
    readonly 'signature-wrong': readonly [
        "The signature does not verify with the certificate's key",
        "Let the HSM or key service sign with the key that the certificate was issued for, and with the algorithm it is asked for",
        "you"
    ];
    readonly 'jti-repeated': readonly [
        "The same \"jti\" is used twice",
        "Give a new one to each assertion: crypto.randomUUID(), and no assertion that was signed before",
        "you"
    ];
    readonly 'jwks-lacks-key': readonly [
        "The published JWK set does not hold the key's \"kid\"",
        "Publish the set that \"carequality-fhir jwks\" prints, and keep old keys in it while they are in use",
        "you"
    ];
    readonly 'jwks-other-key': readonly [
        "The published JWK set holds another key under this \"kid\"",
        "Publish the set that \"carequality-fhir jwks\" prints; a new key needs a new \"kid\"",
        "you"
    ];
    readonly 'jwks-not-readable': readonly [
        "The published JWK set cannot be read",
        "Serve it as JSON, without a login, at the URL that was registered",
        "you"
    ];
    readonly 'proxy-login': readonly [
        "The proxy asks for a login (407)",
        "Give the proxy's URL with user and password, or let the proxy pass these hosts without one",
        "network"
    ];
    readonly 'proxy-refuses': readonly [
        "The proxy does not connect to the server",
        "Let the proxy pass the hosts that \"carequality-fhir egress\" lists",
        "network"
    ];
    readonly 'proxy-page': readonly [
        "A proxy or firewall answers with a page of its own",
        "Let it pass the hosts that \"carequality-fhir egress\" lists, without inspection",
        "network"
    ];
    readonly 'host-not-found': readonly [
        "The host name does not resolve",
        "Check the address for a spelling mistake, then this machine's DNS",
        "network"
    ];
    readonly 'no-connection': readonly [
        "No connection to the server",
        "Open the firewall for the hosts that \"carequality-fhir egress\" lists, or set the proxy",
        "network"
    ];
    readonly 'no-response': readonly [
        "The server does not respond in time",
        "Try again; if it lasts, open the firewall or ask the server's operator",
        "network"
    ];
    readonly 'server-certificate-unknown-ca': readonly [
        "The server's certificate is of an authority that this machine does not know",
        "If it is the hospital's own (or its inspecting proxy's), give its root to nodeTransport({ ca }) or to NODE_EXTRA_CA_CERTS; else the server must send its whole chain",
        "network"
    ];
    readonly 'server-certificate-expired': readonly [
        "The server's own TLS certificate has expired",
        "Tell the server's operator; check this machine's clock before",
        "server"
    ];
    readonly 'server-certificate-other-name': readonly [
        "The server's TLS certificate is for another host name",
        "Check the address; if it is right, tell the server's operator",
        "server"
    ];
    readonly 'server-certificate-rejected': readonly [
        "The server's TLS certificate is rejected",
        "Tell the server's operator",
        "server"
    ];
    readonly 'client-certificate-refused': readonly [
        "The server does not accept the TLS client certificate",
        "Give the certificate that it expects to nodeTransport({ cert, key, origins })",
        "you"
    ];
    readonly 'address-not-allowed': readonly [
        "The address may not be requested",
        "It must be https and public; if it is right, name it in allowedOrigins or allowedPrivateHosts",
        "you"
    ];
    readonly 'clock-off': readonly [
        "This machine's clock is wrong",
        "Set it, and keep it right by NTP: assertions are good for five minutes at most",
        "you"
    ];
    readonly 'server-clock-off': readonly [
        "The server's clock is wrong",
        "Tell its operator; up to 10 minutes are corrected by themselves",
        "server"
    ];
    readonly 'login-page': readonly [
        "A login page in place of data",
        "Use the base URL for systems, not the portal's; ask the server's operator for it",
        "server"
    ];
    readonly 'html-page': readonly [
        "An HTML page in place of data",
        "Check the address; a gateway or portal answers there",
        "server"
    ];
    readonly redirected: readonly [
        "The server redirects elsewhere, which is not followed",
        "Use the address that the server itself answers at",
        "server"
    ];
    readonly 'not-acceptable': readonly [
        "The server answers 406: it was not asked for FHIR JSON by name",
        "Send \"Accept: application/fhir+json\" with every request, and let no proxy or fetch of your own remove it",
        "you"
    ];
    readonly 'rate-limited': readonly [
        "The rate limit is reached (429)",
        "Wait for as long as the server says, then send fewer requests; reuse tokens until they expire",
        "you"
    ];
    readonly 'server-error': readonly [
        "The server fails (5xx)",
        "Try again later; if it lasts, tell the server's operator",
        "server"
    ];
    readonly 'malformed-response': readonly [
        "The response is not what the specification says",
        "Tell the server's operator",
        "server"
    ];
    readonly 'directory-key-refused': readonly [
        "The directory refuses the API key",
        "Check the key for missing characters and line breaks, and that it was issued for this environment",
        "you"
    ];
    readonly 'directory-key-of-other-environment': readonly [
        "The API key belongs to another environment of the directory",
        "Use this environment's key, or name the environment that the key is for",
        "you"
    ];
    readonly 'entry-not-found': readonly [
        "The directory has no such organization",
        "Check the OID, and the directory's environment",
        "you"
    ];
    readonly 'entry-inactive': readonly [
        "The directory entry is inactive",
        "The organization has left the network; ask the directory",
        "directory"
    ];
    readonly 'entry-ambiguous': readonly [
        "Several directory entries have this OID",
        "Read one of them by its FHIR id, and tell the directory",
        "directory"
    ];
    readonly 'no-fhir-endpoint': readonly [
        "The directory entry lists no FHIR endpoint that can be used",
        "Ask the organization for its FHIR base, then use it as base URL",
        "responder"
    ];
    readonly 'base-not-found': readonly [
        "There is no FHIR server at this base (404)",
        "Check the base URL: it is what stands before /metadata",
        "responder"
    ];
    readonly 'metadata-protected': readonly [
        "The server wants a token for its metadata",
        "Ask its operator to publish /metadata openly, or give its token endpoint yourself",
        "responder"
    ];
    readonly 'fhir-dstu2': readonly [
        "The server speaks DSTU2 and not R4",
        "Ask the responder for its R4 base; it often differs in the path only",
        "responder"
    ];
    readonly 'fhir-version': readonly [
        "The server speaks another FHIR version than R4",
        "Ask the responder for its R4 base, or take it with fhirVersion: 'STU3'",
        "responder"
    ];
    readonly 'token-not-carequality': readonly [
        "The endpoint \"token\" is used, and the server publishes \"carequality-token\" for this flow",
        "Use \"carequality-token\": leave the quirk cerner.carequality-token on, or give its URL as token endpoint",
        "you"
    ];
    readonly 'token-endpoint-missing': readonly [
        "The server publishes no token endpoint",
        "Ask the responder for it and give it as token endpoint; an open server needs none",
        "responder"
    ];
    readonly 'token-endpoint-foreign': readonly [
        "The token endpoint is on a host that does not visibly belong to the server",
        "Ask the responder whether the pair is right, then name it in trustedOrigins",
        "responder"
    ];
    readonly 'algorithm-not-listed': readonly [
        "The key cannot sign with any algorithm that the server lists",
        "Use a key of a kind that it lists",
        "you"
    ];
    readonly 'assertion-not-by-the-rules': readonly [
        "The assertion departs from the rules of the mode",
        "Leave out the option that changes it, unless the responder asks for it",
        "you"
    ];
    readonly 'client-not-registered': readonly [
        "The authorization server does not know the client",
        "Send the responder's operator what \"carequality-fhir registration-letter\" prints: client id, certificate, scopes",
        "responder"
    ];
    readonly 'certificate-not-registered': readonly [
        "The client is registered with another key or certificate",
        "Send the responder's operator the certificate in use; after each renewal, too",
        "responder"
    ];
    readonly 'audience-refused': readonly [
        "The authorization server expects another \"aud\"",
        "Ask the responder for the exact text and give it as audience; the default is the token endpoint as published",
        "responder"
    ];
    readonly 'assertion-time-refused': readonly [
        "The authorization server finds the assertion expired or ahead of time",
        "Compare both clocks, then tell the responder's operator",
        "responder"
    ];
    readonly 'grant-refused': readonly [
        "The client may not use client credentials",
        "Ask the responder's operator to register it for client_credentials with private_key_jwt",
        "responder"
    ];
    readonly 'scope-refused': readonly [
        "The authorization server refuses the scope",
        "Ask for a scope that it supports and that the client is registered for; SMART v1 and v2 write it differently (read, rs)",
        "responder"
    ];
    readonly 'scope-narrowed': readonly [
        "The token has fewer scopes than were asked for",
        "Ask the responder's operator to register the missing ones",
        "responder"
    ];
    readonly 'token-rejected': readonly [
        "The authorization server gives no token",
        "Ask the responder's operator, with the request id",
        "responder"
    ];
    readonly 'token-endpoint-wrong': readonly [
        "There is no token endpoint at the published address",
        "Tell the responder; take another one that it publishes, or give it as token endpoint",
        "responder"
    ];
    readonly 'token-not-usable': readonly [
        "The token response cannot be used",
        "Tell the responder's operator: access_token and token_type Bearer are needed",
        "responder"
    ];
    readonly 'udap-not-published': readonly [
        "The server publishes no UDAP metadata for this community",
        "Ask the responder for its UDAP base and community",
        "responder"
    ];
    readonly 'udap-anchor-missing': readonly [
        "No path leads from the server's UDAP certificate to an anchor",
        "Add the community's root to the trust store's anchors, and its intermediates",
        "you"
    ];
    readonly 'udap-revoked': readonly [
        "The server's UDAP certificate is revoked",
        "Do not use the server; tell the responder and the community",
        "responder"
    ];
    readonly 'udap-revocation-unknown': readonly [
        "Nothing says whether the server's UDAP certificate is revoked",
        "Open the firewall for the CRL and OCSP hosts that \"carequality-fhir egress\" lists",
        "network"
    ];
    readonly 'udap-expired': readonly [
        "The server's UDAP certificate or metadata has expired",
        "Tell the responder's operator",
        "responder"
    ];
    readonly 'udap-other-base': readonly [
        "The signed UDAP metadata is for another base URL",
        "Use the base URL that it names",
        "responder"
    ];
    readonly 'udap-refused': readonly [
        "The server's UDAP metadata does not verify",
        "Tell the responder's operator what the evidence says",
        "responder"
    ];
    readonly 'registration-refused': readonly [
        "The server registers nothing",
        "Read the OAuth error: certificate and community, certifications, or scope",
        "responder"
    ];
    readonly 'token-refused': readonly [
        "The FHIR server refuses the token",
        "Ask the responder whether its FHIR server accepts this authorization server's tokens",
        "responder"
    ];
    readonly 'read-forbidden': readonly [
        "The FHIR server does not permit the read",
        "Ask for a scope that covers Patient, or ask the responder what else it wants",
        "responder"
    ];
    readonly 'patient-not-found': readonly [
        "The server has no Patient with this id",
        "Search for the patient: ids mean nothing at another server",
        "you"
    ];
    readonly 'read-failed': readonly [
        "The read does not succeed",
        "Tell the responder's operator, with the request id",
        "responder"
    ];
};

// Used by these, without a name to import.

export type KeyFile = string | Uint8Array;
