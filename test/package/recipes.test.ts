/** The recipes of docs/signers.md, compiled, against services that answer as the vendors document. */
import { readFileSync } from 'node:fs'
import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import type { Signer, SigningAlgorithm } from '../../src/index.ts'
import { signerContract } from '../../src/testing/index.ts'
import { p384Service, rsaService, toDer } from '../support/digest-service.ts'
import { root } from '../support/run.ts'
import { compileSnippets, snippetsOf } from '../support/snippets.ts'

type Maker = (...given: readonly unknown[]) => Promise<Signer<SigningAlgorithm>>

const recipes = snippetsOf('recipes', readFileSync(`${root}/docs/signers.md`, 'utf8')).filter(
  ({ code }) => /export const \w+Signer\b/.test(code),
)
const [rsa, curve] = [rsaService(), p384Service()]
const makers = new Map<string, Maker>()

beforeAll(async () => {
  const { ran, moduleOf } = await compileSnippets('recipes', recipes)
  expect(ran).toEqual({ code: 0, output: '' })
  for (const { name } of recipes) {
    const loaded = (await import(moduleOf(name))) as Record<string, Maker>
    for (const [exported, maker] of Object.entries(loaded)) makers.set(exported, maker)
  }
})

afterEach(() => {
  vi.unstubAllGlobals()
})

/** What each service was sent, one entry a signature. */
const sent: unknown[] = []

const services: Readonly<Record<string, readonly unknown[]>> = {
  awsSigner: [
    {
      sign: (input: { Message: Uint8Array }, options: { abortSignal: AbortSignal }) => {
        options.abortSignal.throwIfAborted()
        sent.push(input)
        return Promise.resolve({ Signature: rsa.sign(input.Message) })
      },
    },
    'alias/signing',
    rsa.certificate,
  ],
  googleSigner: [
    {
      asymmetricSign: ({ name, digest }: { name: string; digest: { sha384: Uint8Array } }) => {
        sent.push(name)
        return Promise.resolve([{ signature: toDer(curve.sign(digest.sha384)) }, undefined, {}])
      },
    },
    'projects/p/cryptoKeyVersions/1',
    curve.certificate,
  ],
  azureSigner: [
    {
      sign: (algorithm: string, digest: Uint8Array) => {
        sent.push(algorithm)
        return Promise.resolve({ result: curve.sign(digest) })
      },
    },
    curve.certificate,
  ],
  vaultSigner: [
    { address: 'https://vault.example:8200', token: () => Promise.resolve('s.1'), key: 'signing' },
    rsa.certificate,
  ],
}

/** Vault's transit engine: `POST /v1/transit/sign/:name`. */
const vault: typeof fetch = async (input, init) => {
  const request = new Request(input, init)
  const body = (await request.json()) as { input: string }
  sent.push({ url: request.url, token: request.headers.get('x-vault-token'), ...body })
  const signature = Buffer.from(rsa.sign(Buffer.from(body.input, 'base64'))).toString('base64')
  return Response.json({ data: { key_version: 1, signature: `vault:v1:${signature}` } })
}

async function made(name: string): Promise<Signer<SigningAlgorithm>> {
  vi.stubGlobal('fetch', vault)
  const maker = makers.get(name)
  if (maker === undefined) throw new Error(`docs/signers.md has no ${name}`)
  return maker(...(services[name] ?? []))
}

test('every key service that the page names has a recipe', () => {
  const names = [...Object.keys(services), 'gatewaySigner', 'hsmSigner']
  expect([...makers.keys()].sort()).toEqual(names.sort())
})

describe.each(Object.keys(services))('%s keeps the contract for signers', (name) => {
  for (const { name: check, run } of signerContract(() => made(name))) test(check, run)
})

test.each([
  [
    'awsSigner',
    'RS256',
    {
      KeyId: 'alias/signing',
      MessageType: 'DIGEST',
      SigningAlgorithm: 'RSASSA_PKCS1_V1_5_SHA_256',
    },
  ],
  ['googleSigner', 'ES384', 'projects/p/cryptoKeyVersions/1'],
  ['azureSigner', 'ES384', 'ES384'],
  [
    'vaultSigner',
    'RS384',
    {
      url: 'https://vault.example:8200/v1/transit/sign/signing',
      token: 's.1',
      prehashed: true,
      hash_algorithm: 'sha2-384',
      signature_algorithm: 'pkcs1v15',
    },
  ],
] as const)('%s asks the service for %s in its words', async (name, alg, words) => {
  const signer = await made(name)
  sent.length = 0
  const { signal } = new AbortController()
  await signer.sign(new TextEncoder().encode('data'), { alg, signal })
  expect(sent).toHaveLength(1)
  if (typeof words === 'string') expect(sent).toEqual([words])
  else expect(sent).toMatchObject([words])
})
