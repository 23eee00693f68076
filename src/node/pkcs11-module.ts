/**
 * The parts of a PKCS#11 module that are used, by shape: the user's own `pkcs11js`, or anything
 * like it.
 */

/** One attribute of an object on a token. */
export interface Pkcs11Attribute {
  type: number
  value?: unknown
}

/**
 * The calls of [PKCS#11](https://docs.oasis-open.org/pkcs11/pkcs11-base/v2.40/pkcs11-base-v2.40.html)
 * that signing needs, as [pkcs11js](https://www.npmjs.com/package/pkcs11js) has them:
 * `new pkcs11js.PKCS11()` fits. Handles are the module's own and only handed back.
 */
export interface Pkcs11Module {
  load(path: string): void
  C_Initialize(options?: { flags?: number }): void
  C_GetSlotList(tokenPresent?: boolean): readonly unknown[]
  C_GetTokenInfo(slot: unknown): { label: string }
  C_OpenSession(slot: unknown, flags: number): unknown
  C_CloseSession(session: unknown): void
  C_Login(session: unknown, userType: number, pin?: string): void
  C_FindObjectsInit(session: unknown, template: Pkcs11Attribute[]): void
  C_FindObjects(session: unknown, maxObjectCount: number): readonly unknown[]
  C_FindObjectsFinal(session: unknown): void
  C_GetAttributeValue(
    session: unknown,
    object: unknown,
    template: Pkcs11Attribute[],
  ): readonly Pkcs11Attribute[]
  C_SignInit(
    session: unknown,
    mechanism: { mechanism: number; parameter?: unknown },
    key: unknown,
  ): void
  C_SignAsync(session: unknown, data: Uint8Array, output: Uint8Array): Promise<Uint8Array>
}

/** Numbers of the standard, under its own names. */
export const ck = {
  CKF_OS_LOCKING_OK: 2,
  CKF_SERIAL_SESSION: 4,
  CKU_USER: 1,
  CKO_CERTIFICATE: 1,
  CKO_PUBLIC_KEY: 2,
  CKO_PRIVATE_KEY: 3,
  CKA_CLASS: 0x0,
  CKA_LABEL: 0x3,
  CKA_VALUE: 0x11,
  CKA_KEY_TYPE: 0x100,
  CKA_ID: 0x102,
  CKA_MODULUS: 0x120,
  CKA_PUBLIC_EXPONENT: 0x122,
  CKA_EC_PARAMS: 0x180,
  CKA_EC_POINT: 0x181,
  CKK_RSA: 0,
  CKK_EC: 3,
  CKK_EC_EDWARDS: 0x40,
} as const

/** The name of a module's error, for example `CKR_PIN_INCORRECT`; undefined where it has none. */
export function refusalOf(error: unknown): string | undefined {
  const text = error instanceof Error ? error.message : ''
  return /\bCKR_[A-Z0-9_]{2,40}\b/.exec(text)?.[0]
}
