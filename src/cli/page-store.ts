/** Keeps the pages of a directory on disk while a copy is made, so that an interrupted one goes on where it stopped. */
import { parseUrl } from '../http/policies/parse-url.ts'
import { createHash } from 'node:crypto'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isRecord } from '../lib/arguments.ts'
import type { Transport, TransportResponse } from '../types.ts'

/** Older pages are of another day: mixing them would be a copy of no day at all. */
const MAX_AGE_MS = 6 * 3_600_000
const KEPT_HEADERS: readonly string[] = ['content-type', 'date']
/** The library's own limit for a page. */
const LONGEST_PAGE = 16_000_000
const TELLING = 6

/** Pages in a folder, by their URL without the API key. */
export class PageStore {
  readonly #folder: string
  readonly #now: () => number
  /** Pages that came from the folder in this run. */
  reused = 0

  constructor(folder: string, now: () => number) {
    this.#folder = folder
    this.#now = now
  }

  /** The same transport, with the folder before it. `secret`: in no page that is kept, though a server repeat it. */
  transport(inner: Transport, secret: string): Transport {
    return {
      reportsSent: false,
      send: async (request) => {
        const stored = await this.#read(request.url)
        if (stored !== undefined) return responseOf(stored)
        const response = await inner.send(request)
        const { status, headers, body } = response
        if (status !== 200 || body === null) return response
        return { status, headers, body: this.#keeping(request.url, { headers, secret }, body) }
      },
      close: async () => inner.close?.(),
    }
  }

  /** Written when its last byte has passed. One that is longer than any page is passed on alone. */
  async *#keeping(
    url: string,
    { headers, secret }: { readonly headers: Headers; readonly secret: string },
    body: AsyncIterable<Uint8Array>,
  ): AsyncGenerator<Uint8Array, void, void> {
    const decoder = new TextDecoder()
    let text = ''
    let isLong = false
    for await (const chunk of body) {
      isLong ||= text.length > LONGEST_PAGE
      if (!isLong) text += decoder.decode(chunk, { stream: true })
      yield chunk
    }
    if (!isLong) await this.#write(url, headers, without(secret, text))
  }

  /** The copy is whole. */
  async remove(): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true })
  }

  async #read(url: string): Promise<StoredPage | undefined> {
    let value: unknown
    try {
      value = JSON.parse(await readFile(this.#path(url), 'utf8'))
    } catch {
      return undefined
    }
    const { at, text, headers } = isRecord(value) ? value : {}
    const isGood = typeof at === 'number' && typeof text === 'string' && isRecord(headers)
    if (!isGood || this.#now() - at > MAX_AGE_MS) return undefined
    this.reused += 1
    const own = Object.entries(headers).map(([name, one]) => [name, String(one)] as const)
    return { text, headers: Object.fromEntries(own) }
  }

  async #write(url: string, headers: Headers, text: string): Promise<void> {
    await mkdir(this.#folder, { recursive: true })
    const path = this.#path(url)
    const page = { at: this.#now(), headers: keptOf(headers), text }
    // In one step, so that a page is there whole or not at all.
    await writeFile(`${path}.new`, JSON.stringify(page))
    await rename(`${path}.new`, path)
  }

  #path(url: string): string {
    const bare = parseUrl(url)
    for (const name of [...(bare?.searchParams.keys() ?? [])]) {
      if (/^_?api-?key$/i.test(name)) bare?.searchParams.delete(name)
    }
    const name = createHash('sha256')
      .update(bare?.href ?? url)
      .digest('base64url')
    return join(this.#folder, `${name}.json`)
  }
}

/** As it is, and as a URL has it. A shorter one is part of many a word by chance. */
function without(secret: string, text: string): string {
  if (secret.length < TELLING) return text
  return [secret, encodeURIComponent(secret)].reduce((rest, one) => rest.replaceAll(one, ''), text)
}

interface StoredPage {
  readonly text: string
  readonly headers: Readonly<Record<string, string>>
}

function keptOf(headers: Headers): Readonly<Record<string, string>> {
  return Object.fromEntries(
    KEPT_HEADERS.flatMap((name) => {
      const value = headers.get(name)
      return value === null ? [] : [[name, value]]
    }),
  )
}

function responseOf({ text, headers }: StoredPage): TransportResponse {
  const bytes = new TextEncoder().encode(text)
  const body = (async function* () {
    await Promise.resolve()
    yield bytes
  })()
  return { status: 200, headers: new Headers(headers), body }
}
