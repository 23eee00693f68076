/** A command's connection to the network, closed at its end, and what --curl and --http make of it. */
import { writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { CarequalityClient } from '../client/client.ts'
import type { Responder } from '../client/responder.ts'
import { isGiven, textOf, type Context } from './context.ts'
import { Network } from './network.ts'
import { walkOf } from './walk.ts'

/**
 * Does the work and shows its result; with --curl the requests in its place, and with --http in files
 * as well, also where the work failed.
 */
export async function overNetwork<T>(
  context: Context,
  work: (network: Network) => Promise<T>,
  show: (result: T, network: Network) => number | undefined,
): Promise<number | undefined> {
  const network = await Network.of(context)
  let result: T
  try {
    result = await work(network)
  } catch (error) {
    await writeWalk(context, network)
    throw error
  } finally {
    context.progress.end()
    await network.http.transport?.close?.()
  }
  await writeWalk(context, network)
  return isGiven(context, 'curl') ? undefined : show(result, network)
}

/** The same with a client that is closed afterwards. */
export function overClient<T>(
  context: Context,
  work: (client: CarequalityClient, network: Network) => Promise<T>,
  show: (result: T, network: Network) => number | undefined,
  use: 'signing' | 'unsigned' = 'signing',
): Promise<number | undefined> {
  return overNetwork(
    context,
    async (network) => {
      const client = await network.client(use)
      try {
        return await work(client, network)
      } finally {
        await client.close()
      }
    },
    show,
  )
}

/** The server that the operand or the settings name. */
export async function responderOf(
  { operands: [oid] }: Context,
  client: CarequalityClient,
  network: Network,
): Promise<Responder> {
  return oid === undefined ? network.responder(client) : client.organization(oid)
}

async function writeWalk(context: Context, { recorder }: Network): Promise<void> {
  const file = textOf(context, 'http')
  if (!isGiven(context, 'curl') && file === undefined) return
  const steps = walkOf(recorder.requests)
  if (isGiven(context, 'curl')) {
    const { curlScript } = await import('./curl.ts')
    context.out.raw(curlScript(steps))
  }
  if (file === undefined) return
  const { httpFile, postmanCollection } = await import('./http-file.ts')
  const path = resolve(context.io.cwd, file.replace(/\.http$/, ''))
  await writeFile(`${path}.http`, httpFile(steps))
  await writeFile(`${path}.postman_collection.json`, postmanCollection('carequality-fhir', steps))
  context.out.note(`written: ${path}.http and ${path}.postman_collection.json`)
}
