/**
 * Where the examples find their network: the built-in sandbox, offline, unless environment
 * variables name a real one.
 */
import { readFile } from 'node:fs/promises'
import { pemSigner, type CarequalityClientOptions } from 'carequality-fhir'
import { createSandbox } from 'carequality-fhir/testing'

/** A network, and whom to ask for on it. */
export interface Network {
  readonly title: string
  readonly options: CarequalityClientOptions
  readonly organization: string
  readonly patient: string
  readonly name: string
}

/** The real network where `CAREQUALITY_API_KEY` is set, else the sandbox, and there by default this organization. */
export async function network(inSandbox = '2.16.840.1.113883.3.13.1'): Promise<Network> {
  const asked = {
    organization: process.env['CAREQUALITY_ORGANIZATION'] ?? inSandbox,
    patient: process.env['CAREQUALITY_PATIENT'] ?? '1316024',
    name: process.env['CAREQUALITY_NAME'] ?? 'peters',
  }
  const apiKey = process.env['CAREQUALITY_API_KEY']
  return apiKey === undefined
    ? { ...asked, title: 'the built-in sandbox, offline', options: await sandboxOptions() }
    : {
        ...asked,
        title: 'a real one, by environment variables',
        options: await realOptions(apiKey),
      }
}

/** A fixed clock and counted identifiers, so that every run prints the same. */
async function sandboxOptions(): Promise<CarequalityClientOptions> {
  let count = 0
  const sandbox = await createSandbox({
    now: () => Date.UTC(2026, 0, 15, 12),
    randomUUID: () => `00000000-0000-4000-8000-${String((count += 1)).padStart(12, '0')}`,
  })
  return sandbox.options
}

async function realOptions(apiKey: string): Promise<CarequalityClientOptions> {
  const release = process.env['CAREQUALITY_RELEASE'] ?? 'carequality-stu3'
  if (release !== 'carequality-stu3' && release !== 'carequality-r4') {
    throw new Error('CAREQUALITY_RELEASE must be carequality-stu3 or carequality-r4')
  }
  return {
    directory: { release, environment: environmentOf(), apiKey },
    clientId: needed('CAREQUALITY_CLIENT_ID'),
    signer: await pemSigner({
      key: await readFile(needed('CAREQUALITY_KEY_FILE'), 'utf8'),
      certificates: await readFile(needed('CAREQUALITY_CERTIFICATES_FILE'), 'utf8'),
    }),
  }
}

/** The environment that is named by `CAREQUALITY_ENVIRONMENT`, if any. */
export function environmentOf(): 'production' | 'stage' | 'dev' | undefined {
  const environment = process.env['CAREQUALITY_ENVIRONMENT']
  if (environment !== undefined && !isEnvironment(environment)) {
    throw new Error('CAREQUALITY_ENVIRONMENT must be production, stage or dev')
  }
  return environment
}

function isEnvironment(value: string): value is 'production' | 'stage' | 'dev' {
  return ['production', 'stage', 'dev'].includes(value)
}

function needed(name: string): string {
  const value = process.env[name]
  if (value === undefined || value === '') throw new Error(`set ${name}`)
  return value
}
