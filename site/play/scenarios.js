/** What a visitor can choose: an organization of the sandbox, and what is wrong. */

export const organizations = [
  { oid: '2.16.840.1.113883.3.13.1', name: 'Connectathon Server: a vendor quirk' },
  { oid: '2.999.10', name: 'Sunrise Clinic: a SMART server' },
  { oid: '2.999.20', name: 'Plain Hospital: no smart-configuration' },
  { oid: '2.999.30', name: 'Closed Practice: not active' },
  { oid: '2.999.40', name: 'County Hospital: no FHIR endpoint' },
]

const MINUTE = 60_000
const always = (sandbox, match, response) => {
  for (let times = 0; times < 5; times += 1) sandbox.respondOnce(match, response)
}
const isDirectory = ({ url }) => url.includes('directory') || url.includes('apikey=')
const isPatient = ({ url }) => /\/Patient(\/|\?|$)/.test(url)
const isToken = ({ method, url }) => method === 'POST' && /token/i.test(url)

/** Each changes the client's options, or the sandbox, before anything is sent. */
export const faults = [
  { id: 'none', name: 'Nothing: it works' },
  {
    id: 'token-url',
    name: 'The wrong token URL',
    tokenEndpointOf: ({ address }) => new URL('/no-such/token', address).href,
  },
  {
    id: 'foreign-token-url',
    name: "A token URL on somebody else's host",
    tokenEndpointOf: () => 'https://login.elsewhere.example/token',
  },
  {
    id: 'clock',
    name: 'Your clock is 5 minutes fast',
    options: () => ({ now: () => Date.now() + 5 * MINUTE }),
  },
  {
    id: 'clock-hours',
    name: 'Your clock is 3 hours fast',
    options: () => ({ now: () => Date.now() + 180 * MINUTE }),
  },
  {
    id: 'key',
    name: 'A key that is not registered',
    options: ({ otherSigner }) => ({ signer: otherSigner }),
  },
  {
    id: 'client-id',
    name: 'A client id that is not registered',
    options: () => ({ clientId: 'fhir.unknown.example' }),
  },
  {
    id: 'api-key',
    name: 'The wrong API key of the directory',
    options: ({ directory }) => ({ directory: { ...directory, apiKey: 'not-the-right-one' } }),
  },
  {
    id: 'busy',
    name: 'The FHIR server answers 503, once',
    sandbox: (sandbox) => sandbox.respondOnce(isPatient, () => new Response('', { status: 503 })),
  },
  {
    id: 'down',
    name: 'The FHIR server answers 503, always',
    sandbox: (sandbox) => always(sandbox, isPatient, () => new Response('', { status: 503 })),
  },
  {
    id: 'html',
    name: 'A login page in place of the Patient',
    sandbox: (sandbox) =>
      always(
        sandbox,
        isPatient,
        () =>
          new Response('<html>Please sign in</html>', { headers: { 'content-type': 'text/html' } }),
      ),
  },
]

export { isDirectory, isToken }
