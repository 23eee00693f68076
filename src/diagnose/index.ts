/**
 * The entry point `carequality-fhir/diagnose`: what is wrong, and who can cure it.
 *
 * @module carequality-fhir/diagnose
 */
export { diagnose } from './diagnose.ts'
export { diagnosisSteps } from './diagnosis.ts'
export type { Diagnosis, DiagnosisStep, DiagnosisStepId } from './diagnosis.ts'
export { findings } from './findings.ts'
export type { Curer, FindingId } from './findings.ts'
export type { DiagnoseOptions } from './options.ts'
