/** Contenders side by side: each has a process, with its own compiled code and heap; one works at a time. */
import { interleaved, spawn } from '../lib/interleaved.mjs'

const here = new URL('.', import.meta.url).pathname

export const CLIENTS = ['fhir-kit-client', 'fhirclient', '@medplum/core']
/** undici, as on Node by default, and ky over `fetch`, as elsewhere. */
export const OURS = ['ours, default', 'ours over fetch']

/** Runs `work` with a server and a way to measure: `contest(names, rounds, task)`, and `alone(name, task)` in a fresh process. */
export async function withServer(work) {
  const server = await spawn(`${here}server.mjs`)
  const { port, token } = server.ready
  const workers = new Map()
  const open = (name) => spawn(`${here}worker.mjs`, [name, port, token])
  const contest = async (names, rounds, task) => {
    for (const name of names) if (!workers.has(name)) workers.set(name, await open(name))
    return interleaved(names, rounds, (name) => workers.get(name).ask(task))
  }
  const alone = async (name, task) => {
    const worker = await open(name)
    const found = await worker.ask(task)
    worker.close()
    return found
  }
  try {
    return await work({ contest, alone })
  } finally {
    for (const worker of workers.values()) worker.close()
    server.close()
  }
}
