/** Runs the programs against the sandbox network; prints one line for each. */
import { createPrivateKey, sign } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { isCarequalityError } from 'carequality-fhir'
import { createSandbox } from 'carequality-fhir/testing'
import { alone, gateway, quickstart, userTest } from './programs.ts'

const network = await createSandbox()
const { key, certificates } = network.pem
await writeFile('key.pem', key)
await writeFile('chain.pem', certificates)
process.env['CAREQUALITY_API_KEY'] = network.options.directory.apiKey
process.env['KEY'] = network.options.directory.apiKey
// Run with `node -C workerd`, where `fetch` is the default transport.
globalThis.fetch = (input) => network.fetch(input instanceof Request ? input : new Request(input))

await quickstart()
console.log('quickstart: ok')

const hashes = { SHA256_RSA_PKCS: 'sha256', SHA384_RSA_PKCS: 'sha384' }
const hsm = {
  sign: (mechanism: string, data: Uint8Array): Promise<Uint8Array> => {
    const hash = Object.entries(hashes).find(([name]) => name === mechanism)?.[1]
    return Promise.resolve(new Uint8Array(sign(hash, data, createPrivateKey(key))))
  },
}
const chain = certificates
  .split(/(?<=-----END CERTIFICATE-----)\s+/)
  .filter((block) => block !== '')
const service = gateway(hsm, chain, new Map())
const who = { family: 'Peters', birthdate: '1946-04-05' }
const found = await service.lookup('2.999.20', who, 'T-TREAT', new AbortController().signal)
console.log(
  'gateway:',
  'patients' in found
    ? `${found.patients.length} patient(s), complete ${found.complete}`
    : found.problem,
)
const unknown = await service.lookup('2.999.99', who, 'T-TREAT', new AbortController().signal)
console.log('gateway:', 'problem' in unknown ? unknown.problem : 'found')
await service.close()

// Its API key and its private key are placeholders, so it comes as far as the directory.
await alone().catch((error: unknown) => {
  console.log('alone:', isCarequalityError(error) ? error.code : error)
})

await userTest()
console.log('userTest: ok')
