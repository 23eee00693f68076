/** The encrypted token cache of docs/authentication.md, compiled: what somebody with the store can do with it. */
import { readFileSync } from 'node:fs'
import { beforeAll, expect, test } from 'vitest'
import type { TokenCache } from '../../src/auth/index.ts'
import { root } from '../support/run.ts'
import { compileSnippets, snippetsOf } from '../support/snippets.ts'

interface Secrets {
  readonly id: string
  readonly aes: unknown
  readonly hmac: unknown
}
interface Store {
  get(name: string): Promise<string | undefined>
  set(name: string, value: string): Promise<void>
  delete(name: string): Promise<void>
}
type Make = new (store: Store, secrets: Secrets) => TokenCache

const [snippet] = snippetsOf(
  'encrypted-cache',
  readFileSync(`${root}/docs/authentication.md`, 'utf8'),
).filter(({ code }) => code.includes('export class EncryptedTokenCache'))
const { signal } = new AbortController()
const sentAt = Date.now()
const token = {
  accessToken: 'marked-token',
  scope: 'system/Patient.read',
  sentAt,
  expiresAt: sentAt + 60_000,
}
let Cache: Make

beforeAll(async () => {
  if (snippet === undefined) throw new Error('docs/authentication.md has no encrypted cache')
  const { ran, moduleOf } = await compileSnippets('encrypted-cache', [snippet])
  expect(ran).toEqual({ code: 0, output: '' })
  const loaded = (await import(moduleOf(snippet.name))) as { EncryptedTokenCache: Make }
  Cache = loaded.EncryptedTokenCache
})

async function secretsOf(id: string): Promise<Secrets> {
  const aes = { name: 'AES-GCM', length: 256 }
  const hmac = { name: 'HMAC', hash: 'SHA-256' }
  return {
    id,
    aes: await crypto.subtle.generateKey(aes, false, ['encrypt', 'decrypt']),
    hmac: await crypto.subtle.generateKey(hmac, false, ['sign']),
  }
}

async function filled() {
  const values = new Map<string, string>()
  const store: Store = {
    get: (name) => Promise.resolve(values.get(name)),
    set: (name, value) => Promise.resolve(void values.set(name, value)),
    delete: (name) => Promise.resolve(void values.delete(name)),
  }
  const secrets = await secretsOf('1')
  const cache = new Cache(store, secrets)
  await cache.set('key', token, { signal })
  const [[name = '', value = ''] = []] = values
  /** What the cache gives for a key; one that does not open is absent, or an error that counts as absent. */
  const given = async (key: string, own: TokenCache = cache) => {
    try {
      return await own.get(key, { signal })
    } catch {
      return undefined
    }
  }
  return { values, store, secrets, cache, name, value, given }
}

test('B6: neither the token nor its key can be read from the store', async () => {
  const { values, given } = await filled()
  expect(await given('key')).toEqual(token)
  const held = JSON.stringify([...values])
  for (const text of ['marked', 'Patient', '"key"']) expect(held).not.toContain(text)
  expect(held).not.toContain(Buffer.from('marked-token').toString('base64url'))
})

test('a value that was changed, made to last or moved is absent', async () => {
  const { values, name, value, cache, given } = await filled()
  const [id = '', ends = '', nonce = '', sealed = ''] = value.split('.')
  const flipped = (sealed.startsWith('A') ? 'B' : 'A') + sealed.slice(1)
  const later = String(Number(ends) + 1)
  for (const parts of [
    [id, ends, nonce, flipped],
    [id, later, nonce, sealed],
    [id, ends, nonce],
  ]) {
    values.set(name, parts.join('.'))
    expect(await given('key')).toBeUndefined()
  }
  await cache.set('other', { ...token, accessToken: 'other' }, { signal })
  const other = [...values.keys()].find((one) => one !== name) ?? ''
  values.set(other, value)
  expect(await given('other')).toBeUndefined()
  values.set(name, value)
  expect(await given('key')).toEqual(token)
})

test('two writes of one token differ, and another secret opens neither', async () => {
  const { values, store, secrets, cache, name, value, given } = await filled()
  await cache.set('key', token, { signal })
  expect(values.get(name)).not.toBe(value)
  const others = await secretsOf('2')
  for (const wrong of [
    { ...secrets, id: '2' },
    { ...secrets, aes: others.aes },
    { ...secrets, hmac: others.hmac },
  ])
    expect(await given('key', new Cache(store, wrong))).toBeUndefined()
})
