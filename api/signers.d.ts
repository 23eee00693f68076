// carequality-fhir/signers: its public declarations. Written by `npm run api`.

export { AlternativeNames, CertificateDescription, CertificateInput, CommonAlgorithm, CryptoKeyLike, DigestName, DigestSignerOptions, PublicJwk, PublicKeyInput, Signer, SignerExtras, SignerSource, SigningAlgorithm, cryptoKeySigner, describeCertificates, digestSigner, jwkSigner, pemSigner, publicJwks } from 'carequality-fhir'
