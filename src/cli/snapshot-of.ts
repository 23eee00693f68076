/** A local copy of the directory, as `directory mirror` writes it. */
import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { DirectorySnapshot } from '../directory/index.ts'
import { isRecord } from '../lib/arguments.ts'

const LONGEST_HEADER = 1_000_000

/** Loads the copy of whichever directory it is of; its first line says which. */
export async function loadSnapshot(
  path: string,
  now: (() => number) | undefined,
): Promise<DirectorySnapshot> {
  const { network, environment } = await headerOf(path)
  return DirectorySnapshot.load(createReadStream(path), { network, environment, now })
}

async function headerOf(path: string): Promise<{ network: string; environment: string }> {
  const text = await firstLine(path)
  let header: unknown
  try {
    header = JSON.parse(text)
  } catch {
    header = undefined
  }
  const { network, environment } = isRecord(header) ? header : {}
  if (typeof network !== 'string' || typeof environment !== 'string') {
    throw new TypeError('the file of "snapshot" is not a copy of a directory')
  }
  return { network, environment }
}

async function firstLine(path: string): Promise<string> {
  const file = await open(path, 'r').catch(() => undefined)
  if (file === undefined) throw new TypeError('the file of "snapshot" cannot be read')
  try {
    const buffer = new Uint8Array(LONGEST_HEADER)
    const { bytesRead } = await file.read(buffer, 0, buffer.length, 0)
    return new TextDecoder().decode(buffer.subarray(0, bytesRead)).split('\n', 1)[0] ?? ''
  } finally {
    await file.close()
  }
}
