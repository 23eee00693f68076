/**
 * A key that a key service holds. Here the service is `createKeyService` below, in this process; for
 * AWS, Google, Azure and Vault see docs/signers.md. The sandbox knows the client by its public key.
 */
import { constants, generateKeyPairSync, privateEncrypt } from 'node:crypto'
import { CarequalityClient, publicJwks } from 'carequality-fhir'
import { digestSigner } from 'carequality-fhir/signers'
import { createSandbox, signerContract } from 'carequality-fhir/testing'

const clientId = 'kms.example-hospital.org'
const service = createKeyService()
const signer = await digestSigner({
  algorithms: ['RS384'],
  publicKey: service.publicKey,
  kid: 'kms-2026',
  signDigest: (digest) => service.sign(digest),
})

const { keys } = await publicJwks(signer)
for (const key of keys) print(`to register: ${Object.keys(key).sort().join(', ')}`)

print('\nWhat a signer must do')
for (const { name, run } of signerContract(() => signer)) {
  await run()
  print(`  ${name}: yes`)
}

const before = service.count()
const sandbox = await createSandbox({ clients: [{ clientId, signer }] })
const client = new CarequalityClient({
  ...sandbox.options,
  clientId,
  signer,
  mode: 'smart-backend',
})
const responder = await client.organization('2.999.10')
print(`\n${responder.entry?.name ?? ''}`)
for (const id of ['1316024', '1316025']) {
  const { birthDate } = await responder.patients.read(id)
  print(`  ${id} born ${birthDate ?? 'on no known date'}`)
}
print(`  signatures by the key service: ${service.count() - before}`)
await client.close()

/** Signs SHA-384 digests, as key services do; the private key stays in the closure. */
function createKeyService(): {
  readonly publicKey: string
  sign(digest: Uint8Array): Promise<Uint8Array>
  count(): number
} {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  /** DER of DigestInfo before the digest (RFC 8017, section 9.2). */
  const digestInfo = Buffer.from('3041300d060960864801650304020205000430', 'hex')
  let made = 0
  return {
    publicKey: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    sign: async (digest) => {
      made += 1
      const key = { key: privateKey, padding: constants.RSA_PKCS1_PADDING }
      return privateEncrypt(key, Buffer.concat([digestInfo, digest]))
    },
    count: () => made,
  }
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}
