/** The commands about who you are: keys, certificates, tokens, registration. */
import type { CommandSpec } from './command.ts'

const KEY = ['keyFile', 'keyPassphrase', 'keyPassphraseFile', 'certificatesFile', 'kid']
const IDENTITY = ['mode', 'clientId', ...KEY, 'scope', 'purposeOfUse', 'audience']
const WHERE = ['organization', 'baseUrl', 'tokenEndpoint', 'trustedOrigins']
const UDAP = [
  ...['udapClientUri', 'udapClientName', 'udapContacts', 'udapCommunity', 'udapAnchorsFile'],
  ...['udapIntermediatesFile', 'udapProfile', 'udapOrganizationId', 'udapOrganizationName'],
  ...['registrationsFile', 'scope'],
]

const UDAP_DESCRIPTION = "BASE is the FHIR base URL; without it the settings' baseUrl."

export const identityCommands: readonly CommandSpec[] = [
  {
    name: 'assertion',
    summary: 'sign a client assertion',
    ...{ operands: '[OID]', minOperands: 0, maxOperands: 1 },
    description: [
      'Signs a client assertion for the token endpoint of the organization and shows its header and claims. It is good for one request and for four minutes.',
      'With --raw it prints the assertion itself and nothing else, for use in a variable. Do not put it into a log.',
    ],
    options: [{ name: 'raw', help: 'Print the assertion itself, for $(…).' }],
    settings: [...IDENTITY, ...WHERE],
    examples: [
      ['For a token endpoint that you know', 'assertion --audience https://as.example.org/token'],
      ['In a script', 'assertion --raw --audience "$TOKEN_ENDPOINT"'],
    ],
    seeAlso: ['token', 'certificate', 'doctor'],
    load: () => import('./commands/assertion.ts'),
  },
  {
    name: 'token',
    summary: 'ask for an access token',
    ...{ operands: '[OID]', minOperands: 0, maxOperands: 1 },
    description: [
      'Asks the authorization server of the organization for a token and shows its scope and its life. With --raw it prints the token itself and nothing else.',
    ],
    options: [{ name: 'raw', help: 'Print the token itself, for $(…).' }],
    settings: [...IDENTITY, ...WHERE],
    examples: [['In a script', 'token 2.16.840.1.113883.3.13.1 --raw']],
    seeAlso: ['assertion', 'patient read'],
    load: () => import('./commands/token.ts'),
  },
  {
    name: 'jwks',
    summary: 'print the public keys as a JWK set',
    ...{ operands: '[KEYFILE ...]', minOperands: 0, maxOperands: 20 },
    description: [
      'Prints the set to publish at the JWKS URL that responders have registered. More key files add their keys, for a rotation. It never holds a private member.',
    ],
    options: [],
    settings: KEY,
    examples: [["This year's key and the next", 'jwks next-key.pem > jwks.json']],
    seeAlso: ['registration-letter', 'certificate'],
    load: () => import('./commands/jwks.ts'),
  },
  {
    name: 'registration-letter',
    summary: 'write the letter that asks a responder to register you',
    ...{ operands: '[OID]', minOperands: 0, maxOperands: 1 },
    description: [
      'Holds client id, certificate, algorithms and scopes, and whom to write to as the directory has it. Nothing in it is secret.',
    ],
    options: [
      { name: 'description', value: 'TEXT', help: 'Who you are and what you ask for.' },
      { name: 'contact', value: 'TEXT', help: 'Whom the operator may ask.' },
    ],
    settings: [...IDENTITY, ...WHERE, 'jwksUrl'],
    examples: [
      ['', 'registration-letter 2.16.840.1.113883.3.13.1 --contact it@example-hospital.org'],
    ],
    seeAlso: ['jwks', 'udap register'],
    load: () => import('./commands/registration-letter.ts'),
  },
  {
    name: 'certificate',
    summary: 'show your certificates',
    ...{ operands: '[FILE]', minOperands: 0, maxOperands: 1 },
    description: [
      'Shows names, issuer, fingerprint and validity of each certificate of the file, in its order. Without a file: those of the settings, or those beside the key in a PKCS#12 file.',
    ],
    options: [],
    settings: ['certificatesFile', 'keyFile', 'keyPassphrase', 'keyPassphraseFile', 'clientId'],
    examples: [['', 'certificate chain.pem']],
    seeAlso: ['jwks', 'doctor'],
    load: () => import('./commands/certificate.ts'),
  },
  {
    name: 'udap discover',
    summary: 'verify what a server publishes for UDAP',
    ...{ operands: '[BASE]', minOperands: 0, maxOperands: 1 },
    description: [
      'Fetches .well-known/udap, verifies it up to an anchor, and shows each step.',
      UDAP_DESCRIPTION,
    ],
    options: [],
    settings: [...UDAP, ...KEY, 'baseUrl'],
    examples: [['', 'udap discover https://fhir.example.org/r4']],
    seeAlso: ['udap register'],
    load: () => import('./commands/udap-discover.ts'),
  },
  {
    name: 'udap register',
    summary: 'register at a server by UDAP',
    ...{ operands: '[BASE]', minOperands: 0, maxOperands: 1 },
    description: [
      'Registers unless "registrationsFile" holds a registration already.',
      UDAP_DESCRIPTION,
    ],
    options: [],
    settings: [...UDAP, ...KEY, 'baseUrl'],
    examples: [['', 'udap register https://fhir.example.org/r4']],
    seeAlso: ['udap cancel', 'token'],
    load: () => import('./commands/udap-register.ts'),
  },
  {
    name: 'udap cancel',
    summary: 'end a registration',
    ...{ operands: '[BASE]', minOperands: 0, maxOperands: 1 },
    description: ['Asks the server to end the registration, and forgets it.', UDAP_DESCRIPTION],
    options: [],
    settings: [...UDAP, ...KEY, 'baseUrl'],
    examples: [['', 'udap cancel https://fhir.example.org/r4']],
    seeAlso: ['udap register'],
    load: () => import('./commands/udap-cancel.ts'),
  },
]
