// The other side of UDAP, on the libraries that the only JavaScript implementation is made of: njwt for
// JWTs, node-forge for certificates and paths, pkijs for revocation lists. Its packages (udap-common,
// udap-client, udap-server of Evernorth) are on no registry, so that this is written after their
// documentation and holds none of their code.
import { fromBER } from 'asn1js'
import njwt from 'njwt'
import forge from 'node-forge'
import { CertificateRevocationList } from 'pkijs'

const URI = 6

/** Claims and URIs of a JWT whose signature, path and revocation are in order; throws otherwise. */
export async function verifyJwt(jwt, { anchors, intermediates = [], crls = [] }) {
  const { alg, x5c } = JSON.parse(Buffer.from(jwt.split('.')[0], 'base64url').toString())
  const leaf = certificateOf(x5c[0])
  const { body } = njwt.verify(jwt, forge.pki.publicKeyToPem(leaf.publicKey), alg)
  const others = [...x5c.slice(1), ...intermediates].map(certificateOf)
  const chain = [leaf]
  for (
    let issuer;
    (issuer = others.find((one) => chain.at(-1).isIssuer(one) && !chain.includes(one)));
  ) {
    chain.push(issuer)
  }
  forge.pki.verifyCertificateChain(forge.pki.createCaStore(anchors.map(certificateOf)), chain)
  for (const crl of crls) refuseRevoked(crl, leaf)
  return { claims: body.toJSON(), uris: urisOf(leaf) }
}

/** Signs claims as its documentation has it: `iat`, five minutes, a `jti`, and the leaf alone in x5c. */
export function signJwt(
  claims,
  { key, certificates },
  { alg = 'RS256', x5c = certificates.slice(0, 1) } = {},
) {
  const jwt = njwt.create(claims, key, alg)
  jwt.setHeader('x5c', x5c)
  jwt.setExpiration(jwt.body.iat * 1000 + 5 * 60 * 1000)
  return jwt.compact()
}

function certificateOf(base64) {
  return forge.pki.certificateFromAsn1(forge.asn1.fromDer(forge.util.decode64(base64)))
}

function urisOf(certificate) {
  const { altNames = [] } = certificate.getExtension('subjectAltName') ?? {}
  return altNames.filter(({ type }) => type === URI).map(({ value }) => value)
}

function refuseRevoked(der, leaf) {
  const { result } = fromBER(Uint8Array.from(der).buffer)
  const { revokedCertificates = [] } = new CertificateRevocationList({ schema: result })
  const serials = revokedCertificates.map(({ userCertificate }) =>
    Buffer.from(userCertificate.valueBlock.valueHexView).toString('hex'),
  )
  if (serials.includes(leaf.serialNumber)) throw new Error('the certificate is revoked')
}
