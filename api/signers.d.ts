// carequality-fhir/signers: its public declarations. Written by `npm run api`.

export { CryptoKeyLike, PublicJwk, Signer, SignerSource, SigningAlgorithm, cryptoKeySigner, jwkSigner, pemSigner, publicJwks } from 'carequality-fhir'

export interface AlternativeNames {
    readonly dnsNames: readonly string[];
    readonly uris: readonly string[];
    readonly emails: readonly string[];
    readonly ipAddresses: readonly string[];
}

export interface CertificateDescription extends AlternativeNames {
    readonly subject: string;
    readonly issuer: string;
    readonly commonName?: string | undefined;
    readonly notBefore: number;
    readonly notAfter: number;
    readonly sha256Fingerprint: string;
}

export type CertificateInput = string | Uint8Array | readonly (string | Uint8Array)[];

export type CommonAlgorithm = 'RS256' | 'RS384' | 'ES256' | 'ES384';

export type DigestName = 'SHA-256' | 'SHA-384' | 'SHA-512';

export interface DigestSignerOptions {
    algorithms: readonly SigningAlgorithm[];
    signDigest: (digest: Bytes, context: {
        alg: SigningAlgorithm;
        hash: DigestName;
        signal: AbortSignal;
    }) => Promise<Uint8Array>;
    format?: 'der' | 'raw' | undefined;
    certificates?: CertificateInput | undefined;
    publicKey?: PublicKeyInput | undefined;
    kid?: string | undefined;
}

export type PublicKeyInput = PublicJwk | string | Uint8Array;

export interface SignerExtras {
    certificates?: CertificateInput | undefined;
    algorithms?: readonly SigningAlgorithm[] | undefined;
    kid?: string | undefined;
}

export declare function describeCertificates(certificates: CertificateInput): Promise<readonly CertificateDescription[]>;

export declare function digestSigner(given: DigestSignerOptions): Promise<Signer<SigningAlgorithm>>;
