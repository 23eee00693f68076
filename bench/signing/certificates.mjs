/** A chain of certificates made up for the occasion: `x5c` is measured with a text of the usual size. */
import { generateKeyPairSync, sign } from 'node:crypto'

const DAY = 86_400_000
const COMMON_NAME = Buffer.from('0603550403', 'hex')
const RSA_SHA256 = Buffer.from('300d06092a864886f70d01010b0500', 'hex')
const SUBJECT_ALT_NAME = Buffer.from('0603551d11', 'hex')

/** PEM text, leaf first, whose base64 has at least `length` characters. */
export function chainFor(publicKey, { name, length }) {
  const authority = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const signed = (subject, issuer, key) => certificate(subject, issuer, key, authority.privateKey)
  const chain = [signed(name, 'CA 1', publicKey)]
  while (chain.join('').length < length) {
    const { length: above } = chain
    chain.push(signed(`CA ${above}`, `CA ${above + 1}`, authority.publicKey))
  }
  return chain.map(pem).join('')
}

function certificate(subject, issuer, publicKey, privateKey) {
  const names = sequence(der(0x82, Buffer.from(subject.replaceAll(' ', '-'))))
  const body = sequence(
    der(0xa0, der(0x02, Buffer.of(2))),
    der(0x02, Buffer.of(1)),
    RSA_SHA256,
    nameOf(issuer),
    sequence(time(Date.now() - DAY), time(Date.now() + 365 * DAY)),
    nameOf(subject),
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(sequence(SUBJECT_ALT_NAME, der(0x04, names)))),
  )
  const signature = der(0x03, Buffer.of(0), sign('sha256', body, privateKey))
  return sequence(body, RSA_SHA256, signature).toString('base64')
}

const pem = (base64) =>
  `-----BEGIN CERTIFICATE-----\n${base64.match(/.{1,64}/g).join('\n')}\n-----END CERTIFICATE-----\n`

const nameOf = (commonName) =>
  sequence(der(0x31, sequence(COMMON_NAME, der(0x0c, Buffer.from(commonName)))))

const time = (at) =>
  der(0x17, Buffer.from(`${new Date(at).toISOString().replace(/\D/g, '').slice(2, 14)}Z`))

const sequence = (...parts) => der(0x30, ...parts)

function der(tag, ...parts) {
  const content = Buffer.concat(parts)
  const { length } = content
  if (length < 0x80) return Buffer.concat([Buffer.of(tag, length), content])
  const digits = Buffer.from(length.toString(16).padStart(length > 0xff ? 4 : 2, '0'), 'hex')
  return Buffer.concat([Buffer.of(tag, 0x80 + digits.length), digits, content])
}
