// carequality-fhir/node: its public declarations. Written by `npm run api`.

export type AddressLookup = (hostname: string, options: LookupOptions & {
    all: true;
}, callback: (error: Error | null, addresses: readonly LookupAddress[]) => void) => void;

export interface KeyObjectLike {
    readonly type: string;
    readonly asymmetricKeyType?: string | undefined;
}

export interface NodeTransportOptions {
    ca?: PemOrDer | readonly PemOrDer[] | undefined;
    cert?: PemOrDer | undefined;
    key?: PemOrDer | undefined;
    pfx?: Uint8Array | undefined;
    passphrase?: string | undefined;
    origins?: readonly string[] | undefined;
    proxy?: string | undefined;
    noProxy?: string | readonly string[] | undefined;
    lookupGuard?: boolean | undefined;
    lookup?: AddressLookup | undefined;
    minTlsVersion?: 'TLSv1.2' | 'TLSv1.3' | undefined;
}

export type PemOrDer = string | Uint8Array;

export interface Pkcs11Attribute {
    type: number;
    value?: unknown;
}

export interface Pkcs11Module {
    load(path: string): void;
    C_Initialize(options?: {
        flags?: number;
    }): void;
    C_GetSlotList(tokenPresent?: boolean): readonly unknown[];
    C_GetTokenInfo(slot: unknown): {
        label: string;
    };
    C_OpenSession(slot: unknown, flags: number): unknown;
    C_CloseSession(session: unknown): void;
    C_Login(session: unknown, userType: number, pin?: string): void;
    C_FindObjectsInit(session: unknown, template: Pkcs11Attribute[]): void;
    C_FindObjects(session: unknown, maxObjectCount: number): readonly unknown[];
    C_FindObjectsFinal(session: unknown): void;
    C_GetAttributeValue(session: unknown, object: unknown, template: Pkcs11Attribute[]): readonly Pkcs11Attribute[];
    C_SignInit(session: unknown, mechanism: {
        mechanism: number;
        parameter?: unknown;
    }, key: unknown): void;
    C_SignAsync(session: unknown, data: Uint8Array, output: Uint8Array): Promise<Uint8Array>;
}

export interface Pkcs11Signer extends Signer<SigningAlgorithm> {
    close(): Promise<void>;
}

export interface Pkcs11SignerOptions {
    module: Pkcs11Module;
    library?: string | undefined;
    token: string;
    pin: string | (() => string | Promise<string>);
    key: {
        label?: string | undefined;
        id?: string | Uint8Array | undefined;
    };
    certificates?: CertificateInput | undefined;
    algorithms?: readonly SigningAlgorithm[] | undefined;
    kid?: string | undefined;
    sessions?: number | undefined;
}

export declare function encryptedPemSigner(given: SignerExtras & {
    key: string;
    passphrase: string;
}): Promise<Signer<SigningAlgorithm>>;

export declare function fileRegistrations(path: string, options?: {
    now?: (() => number) | undefined;
}): RegistrationStore;

export declare function keyObjectSigner(given: SignerExtras & {
    key: KeyObjectLike;
}): Promise<Signer<SigningAlgorithm>>;

export declare function nodeTransport(options?: NodeTransportOptions): Transport;

export declare function pkcs11Signer(given: Pkcs11SignerOptions): Promise<Pkcs11Signer>;

export declare function pkcs12Signer(given: SignerExtras & {
    pfx: Uint8Array;
    passphrase: string;
}): Promise<Signer<SigningAlgorithm>>;
