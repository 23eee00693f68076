/** `directory mirror`: a copy that can be interrupted. */
import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { sandboxOf, terminal } from './terminal.ts'

const command =
  'directory mirror copy.ndjson --page-size 10 --release carequality-r4 --environment production'

test('an interrupted copy goes on where it stopped, and is then as good as any', async () => {
  const { type, folder } = await terminal()
  const sandbox = await sandboxOf()
  let requests = 0
  const breaking = await type(command, {
    fetch: (request) => {
      requests += 1
      return requests > 3
        ? Promise.resolve(new Response(null, { status: 403 }))
        : sandbox.fetch(request)
    },
  })
  expect(breaking.code).toBe(7)
  expect(breaking.err).toContain('the same command goes on from there')
  expect(existsSync(`${folder}/copy.ndjson`)).toBe(false)
  expect(await readdir(`${folder}/copy.ndjson.pages`)).toHaveLength(3)

  let more = 0
  const whole = await type(command, {
    fetch: (request) => {
      more += 1
      return sandbox.fetch(request)
    },
  })
  expect(whole.code).toBe(0)
  expect(whole.out).toMatch(/entries +45/)
  expect(whole.out).toContain('3 of them kept from before')
  expect(more).toBe(2)
  expect(existsSync(`${folder}/copy.ndjson.pages`)).toBe(false)
  const lines = (await readFile(`${folder}/copy.ndjson`, 'utf8')).trim().split('\n')
  expect(lines).toHaveLength(46)
})

test('the API key is not in the pages that are kept, though a server repeats it, and a new key finds them', async () => {
  const { type, folder } = await terminal()
  const sandbox = await sandboxOf()
  const { apiKey } = sandbox.options.directory
  const legacy = 'directory mirror copy.ndjson --page-size 10'
  let requests = 0
  await type(legacy, {
    fetch: async (request) => {
      requests += 1
      if (requests > 2) return new Response(null, { status: 403 })
      const response = await sandbox.fetch(request)
      const text = (await response.text()).replace('</Bundle>', `<!-- ${apiKey} --></Bundle>`)
      return new Response(text, { headers: response.headers })
    },
  })
  const pages = await readdir(`${folder}/copy.ndjson.pages`)
  expect(pages).toHaveLength(2)
  for (const page of pages) {
    expect(page).toMatch(/^[\w-]{43}\.json$/)
    const text = await readFile(`${folder}/copy.ndjson.pages/${page}`, 'utf8')
    expect(text).not.toContain(apiKey)
  }
  const whole = await type(legacy, {
    env: { CAREQUALITY_API_KEY: 'the-key-of-next-year' },
    fetch: (request) =>
      sandbox.fetch(new Request(request.url.replace('the-key-of-next-year', apiKey))),
  })
  expect(whole.out).toContain('2 of them kept from before')
})

test('a second run refreshes, and the copy serves in place of the directory', async () => {
  const { type } = await terminal()
  await type(command)
  const again = await type(`${command} --full`)
  expect(again.code).toBe(0)
  expect(again.out).toContain('Refreshed')
  expect(again.out).toMatch(/entries gone +0/)
  const offline = await type('endpoint 2.999.10 --snapshot copy.ndjson', {
    fetch: () => Promise.reject(new Error('no network')),
    env: { CAREQUALITY_API_KEY: undefined },
  })
  expect(offline.code).toBe(0)
  expect(offline.out).toContain('https://fhir.sunrise-clinic.example/r4')
})
