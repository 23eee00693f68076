/**
 * Ways to read a Patient and to walk through all of them: `open(port, token)` gives `read()` and
 * `walk({ count, patients }, seen)`. Each is loaded alone, in a process of its own.
 */
import { patientSchema } from './patient.mjs'

const bearer = (token) => ({
  authorization: `Bearer ${token}`,
  accept: 'application/fhir+json',
})
const nextOf = ({ link }) => link.find(({ relation }) => relation === 'next')?.url
const baseOf = (port) => `http://127.0.0.1:${port}/fhir`

/** The whole library: discovery, token, validation, caps, deadline; the token is warm. */
async function ours(port, { validate, ...options } = {}) {
  const { CarequalityClient, cryptoKeySigner } = await import('../../dist/index.js')
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256' }
  const pair = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const client = new CarequalityClient({
    clientId: 'client',
    mode: 'smart-backend',
    signer: await cryptoKeySigner({ key: pair.privateKey, publicKey: pair.publicKey, kid: 'k' }),
    allowInsecureLoopback: true,
    ...options,
  })
  const { patients } = await client.responder({ baseUrl: baseOf(port) })
  await patients.read('patient-1')
  const search = ({ count, patients: all, delayMs = 0 }) =>
    patients.search(
      { family: 'Peters', _count: count },
      {
        validate,
        raw: [
          ['all', String(all)],
          ['delay', String(delayMs)],
        ],
      },
    )
  return {
    read: () => patients.read('patient-1'),
    walk: async (asked, seen) => {
      for await (const patient of search(asked)) seen(patient)
    },
    walkPages: async (asked, seen) => {
      for await (const { resources } of search(asked).pages()) resources.forEach(seen)
    },
  }
}

/** ky over the platform's fetch: what other runtimes have by default. */
const overFetch = { fetch: (request) => fetch(request) }

export const contenders = {
  fetch: (port, token) => ({
    read: async () => {
      const response = await fetch(`${baseOf(port)}/Patient/patient-1`, { headers: bearer(token) })
      if (!response.ok) throw new Error(String(response.status))
      return response.json()
    },
    walk: async ({ count, patients }, seen) => {
      let url = `${baseOf(port)}/Patient?family=Peters&_count=${count}&all=${patients}`
      while (url !== undefined) {
        const response = await fetch(url, { headers: bearer(token) })
        const bundle = await response.json()
        for (const { resource } of bundle.entry) seen(resource)
        url = nextOf(bundle)
      }
    },
  }),
  'ky with a signal': async (port, token) => {
    const { default: ky } = await import('ky')
    return {
      read: () =>
        ky(`${baseOf(port)}/Patient/patient-1`, {
          headers: bearer(token),
          signal: new AbortController().signal,
          retry: 0,
          timeout: false,
        }).json(),
    }
  },
  'undici.request': async (port, token) => {
    const { request } = await import('undici')
    return {
      read: async () => {
        const { body } = await request(`${baseOf(port)}/Patient/patient-1`, {
          headers: bearer(token),
        })
        return body.json()
      },
    }
  },
  'fhir-kit-client': async (port, token) => {
    const { Client } = await import('fhir-kit-client')
    const client = new Client({ baseUrl: baseOf(port), bearerToken: token })
    return {
      read: () => client.read({ resourceType: 'Patient', id: 'patient-1' }),
      walk: async ({ count, patients }, seen) => {
        const searchParams = { family: 'Peters', _count: count, all: patients }
        let bundle = await client.search({ resourceType: 'Patient', searchParams })
        while (bundle !== undefined) {
          for (const { resource } of bundle.entry) seen(resource)
          bundle = nextOf(bundle) && (await client.nextPage({ bundle }))
        }
      },
    }
  },
  fhirclient: async (port, token) => {
    const { default: smart } = await import('fhirclient')
    const client = smart({ headers: {} }, {}).client({
      serverUrl: baseOf(port),
      tokenResponse: { access_token: token },
    })
    return {
      read: () => client.request('Patient/patient-1'),
      walk: ({ count, patients }, seen) =>
        client.request(`Patient?family=Peters&_count=${count}&all=${patients}`, {
          pageLimit: 0,
          onPage: ({ entry }) => entry.forEach(({ resource }) => seen(resource)),
        }),
    }
  },
  '@medplum/core': async (port, token) => {
    const { MedplumClient } = await import('@medplum/core')
    const client = new MedplumClient({
      baseUrl: `http://127.0.0.1:${port}/`,
      fhirUrlPath: 'fhir',
      cacheTime: 0,
    })
    client.setAccessToken(token)
    return {
      read: () => client.readResource('Patient', 'patient-1', { cache: 'no-store' }),
      walk: async ({ count, patients }, seen) => {
        const query = { family: 'Peters', _count: String(count), all: String(patients) }
        for await (const page of client.searchResourcePages('Patient', query)) page.forEach(seen)
      },
    }
  },
  'ours, default': (port) => ours(port),
  'ours over fetch': (port) => ours(port, overFetch),
  'ours, default, validation off': (port) => ours(port, { validation: 'off' }),
  'ours, default, own schema': (port) => ours(port, { validate: patientSchema }),
}
