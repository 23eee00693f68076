/**
 * A key in an HSM, by PKCS#11. By default on a SoftHSM2 token made for this run, where SoftHSM2,
 * pkcs11-tool and pkcs11js are installed. Your own HSM:
 *
 *   PKCS11_MODULE=/usr/lib/your-hsm.so PKCS11_TOKEN=label PKCS11_PIN=… PKCS11_KEY=label
 *   PKCS11_CERTIFICATES=chain.pem (optional) node examples/dist/hsm-pkcs11.js
 */
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CarequalityClient } from 'carequality-fhir'
import { pkcs11Signer, type Pkcs11Module } from 'carequality-fhir/node'
import { createSandbox } from 'carequality-fhir/testing'

interface Hsm {
  readonly library: string
  readonly token: string
  readonly pin: string
  readonly key: string
  readonly certificates?: string
}

const clientId = 'hsm.example-hospital.org'
const folder = await mkdtemp(join(tmpdir(), 'hsm-pkcs11-'))
try {
  const modules = pkcs11js()
  const hsm = typeof modules === 'string' ? modules : ((await ownHsm()) ?? (await softHsm()))
  if (typeof modules === 'string' || typeof hsm === 'string') print(`not run: ${String(hsm)}`)
  else await askWith(new modules.PKCS11(), hsm)
} finally {
  await rm(folder, { recursive: true })
}

async function askWith(module: Pkcs11Module, { key, ...hsm }: Hsm): Promise<void> {
  const signer = await pkcs11Signer({ module, ...hsm, key: { label: key }, kid: 'hsm-2026' })
  print(`the key signs ${signer.algorithms.join(' and ')}`)
  const sandbox = await createSandbox({ clients: [{ clientId, signer }] })
  const options = { ...sandbox.options, clientId, signer, mode: 'smart-backend' } as const
  const client = new CarequalityClient(options)
  const responder = await client.organization('2.999.10')
  const { birthDate } = await responder.patients.read('1316024')
  print(`${responder.entry?.name ?? ''}: 1316024 born ${birthDate ?? 'on no known date'}`)
  const assertion = new URLSearchParams(
    sandbox.requests.find(({ method }) => method === 'POST')?.body,
  ).get('client_assertion')
  print(`header ${Buffer.from(assertion?.split('.')[0] ?? '', 'base64url').toString()}`)
  await client.close()
  await signer.close()
}

/** The HSM that the environment names. */
async function ownHsm(): Promise<Hsm | undefined> {
  const library = process.env['PKCS11_MODULE']
  if (library === undefined) return undefined
  const certificates = process.env['PKCS11_CERTIFICATES']
  return {
    library,
    token: needed('PKCS11_TOKEN'),
    pin: needed('PKCS11_PIN'),
    key: needed('PKCS11_KEY'),
    ...(certificates === undefined ? {} : { certificates: await readFile(certificates, 'utf8') }),
  }
}

/** A token with one RSA key that cannot be taken out; or why there is none. */
async function softHsm(): Promise<Hsm | string> {
  const library = [
    '/usr/lib/softhsm/libsofthsm2.so',
    '/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so',
    '/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so',
    '/usr/local/lib/softhsm/libsofthsm2.so',
  ].find((path) => existsSync(path))
  if (library === undefined) return 'SoftHSM2 is not installed (Debian: softhsm2, opensc)'
  const hsm: Hsm = { library, token: 'carequality', pin: '7391-pin', key: 'signing-2026' }
  const config = join(folder, 'softhsm2.conf')
  await mkdir(join(folder, 'tokens'))
  await writeFile(config, `directories.tokendir = ${folder}/tokens\n`)
  process.env['SOFTHSM2_CONF'] = config
  const login = ['--module', library, '--token-label', hsm.token, '--login', '--pin', hsm.pin]
  const make = ['--keypairgen', '--key-type', 'rsa:2048', '--id', '01', '--label', hsm.key]
  try {
    const names = ['--label', hsm.token, '--so-pin', '0000', '--pin', hsm.pin]
    quietly('softhsm2-util', ['--init-token', '--free', ...names])
    quietly('pkcs11-tool', [...login, ...make, '--usage-sign'])
  } catch {
    return 'softhsm2-util and pkcs11-tool are needed to make a token (Debian: softhsm2, opensc)'
  }
  return hsm
}

/** pkcs11js where you have installed it, or where this project's suite has. */
function pkcs11js(): { PKCS11: new () => Pkcs11Module } | string {
  for (const place of ['package.json', 'test/interop/softhsm/package.json']) {
    try {
      const required: { PKCS11: new () => Pkcs11Module } = createRequire(
        join(process.cwd(), place),
      )('pkcs11js')
      return required
    } catch {
      // the next place
    }
  }
  return 'pkcs11js is not installed (npm install pkcs11js)'
}

function quietly(command: string, args: readonly string[]): void {
  execFileSync(command, args, { stdio: 'ignore' })
}

function needed(name: string): string {
  const value = process.env[name]
  if (value === undefined || value === '') throw new Error(`set ${name}`)
  return value
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}
