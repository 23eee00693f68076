/** `directory mirror`. */
import { createWriteStream } from 'node:fs'
import { access, rename } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import type { DirectoryOptions } from '../../directory/api/options.ts'
import { DirectorySnapshot } from '../../directory/index.ts'
import { DirectoryClient } from '../../index.ts'
import { kyTransport } from '../../http/transport/ky-transport.ts'
import { countOf, isGiven, textOf, type Context } from '../context.ts'
import type { Network } from '../network.ts'
import { PageStore } from '../page-store.ts'
import { overNetwork } from '../session.ts'
import { loadSnapshot } from '../snapshot-of.ts'

/** Makes or refreshes a copy. */
export function run(context: Context): Promise<number | undefined> {
  const { out, operands, settings, io } = context
  const path = settings.path(operands[0] ?? '')
  const store = new PageStore(`${path}.pages`, io.now)
  return overNetwork(
    context,
    async (network) => {
      try {
        return await copy(context, network, { path, store })
      } catch (error) {
        out.note('Interrupted: the pages so far are kept; the same command goes on from there.')
        throw error
      }
    },
    ({ before, after }) => {
      const { complete, why, warnings, pages } = after.lastFullPass
      const changes = before && DirectorySnapshot.diff(before, after)
      if (out.isJson) {
        out.json({
          file: path,
          entries: after.size,
          asOf: after.asOf,
          complete,
          why,
          warnings,
          changes,
        })
      } else {
        out.title(before === undefined ? 'Copied' : 'Refreshed')
        out.facts([
          ['file', path],
          ['entries', after.size],
          [
            'pages',
            `${pages}${store.reused > 0 ? `, ${store.reused} of them kept from before` : ''}`,
          ],
          ['as of', new Date(after.asOf).toISOString()],
          ['complete', complete ? 'yes' : `no: ${why.join('; ')}`],
          ['warnings', warnings.join('; ')],
          ['entries added', changes?.entriesAdded.length],
          ['entries gone', changes?.entriesGone.length],
          ['endpoints added', changes?.endpointsAdded.length],
        ])
        out.next([
          [`carequality-fhir endpoint OID --snapshot ${operands[0] ?? ''}`, 'use the copy'],
          [`carequality-fhir egress --snapshot ${operands[0] ?? ''}`, 'list its hosts'],
        ])
      }
      return complete ? undefined : 7
    },
  )
}

interface Copying {
  readonly path: string
  readonly store: PageStore
}

async function copy(
  context: Context,
  network: Network,
  { path, store }: Copying,
): Promise<{ before: DirectorySnapshot | undefined; after: DirectorySnapshot }> {
  const { io } = context
  const before = (await exists(path)) ? await loadSnapshot(path, io.now) : undefined
  const { fetch, transport, ...options } = await network.directoryOptions()
  const directory = new DirectoryClient({
    ...options,
    transport: store.transport(transport ?? kyTransport(fetch), secretOf(options)),
  })
  const isSized = textOf(context, 'page-size') !== undefined
  const count = isSized ? countOf(context, 'page-size', 1) : undefined
  const settings = { count, signal: io.signal }
  const after =
    before === undefined
      ? await DirectorySnapshot.build(directory, { ...settings, now: io.now })
      : await before.refresh(directory, { ...settings, full: isGiven(context, 'full') })
  // In one step, so that a reader finds the old copy or the new one.
  await pipeline(after.save(), createWriteStream(`${path}.new`))
  await rename(`${path}.new`, path)
  await store.remove()
  return { before, after }
}

/** The settings give the key as text. */
function secretOf({ apiKey }: DirectoryOptions): string {
  return typeof apiKey === 'string' ? apiKey : ''
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
