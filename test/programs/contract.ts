/** What the programs are written against: the package itself. */
export * from 'carequality-fhir'
export { createSandbox } from 'carequality-fhir/testing'
