/** `jwks`. */
import { readFile } from 'node:fs/promises'
import { pemSigner, publicJwks, type Signer } from '../../index.ts'
import type { Context } from '../context.ts'
import { Network } from '../network.ts'

/** Prints the set. */
export async function run(context: Context): Promise<undefined> {
  const { out, operands, settings } = context
  const network = await Network.of(context)
  const { signer } =
    settings.text('clientId') === undefined && settings.text('keyFile') !== undefined
      ? { signer: await (await import('../signer-of.ts')).signerOf(settings) }
      : await network.identity()
  if (typeof signer === 'function') throw new TypeError('the key must not rotate while it is shown')
  const others: Signer[] = []
  for (const file of operands)
    others.push(await pemSigner({ key: await textOf(settings.path(file)) }))
  out.json(await publicJwks(signer, ...others))
}

async function textOf(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch {
    throw new TypeError('a key file cannot be read')
  }
}
