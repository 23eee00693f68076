/**
 * The same purpose has a name in two vocabularies that directories mix:
 * [NHIN](https://www.hl7.org/fhir/us/udap-security/) (`TREATMENT`) and HL7's
 * [PurposeOfUse](https://terminology.hl7.org/ValueSet-v3-PurposeOfUse.html) (`TREAT`). TEFCA's
 * codes (`T-TREAT`) are narrower and equal only themselves. Assertions write the code after its
 * system (`urn:oid:2.16.840.1.113883.5.8#TREAT`), so that form is accepted here.
 */
const SAME: Readonly<Record<string, string>> = {
  TREAT: 'TREATMENT',
  HPAYMT: 'PAYMENT',
  HOPERAT: 'OPERATIONS',
  PUBHLTH: 'PUBLICHEALTH',
  PATRQT: 'REQUEST',
  ETREAT: 'EMERGENCY',
  HRESCH: 'RESEARCH',
}

/** Whether a list of published purposes holds one of the wanted ones, whatever their vocabulary. */
export function holdsPurpose(published: readonly string[], wanted: readonly string[]): boolean {
  const known = new Set(published.map(canonical))
  return wanted.some((purpose) => known.has(canonical(purpose)))
}

function canonical(purpose: string): string {
  // Codes are written `PUBLICHEALTH` and their displays `Public Health`.
  const code = /^(?:urn|https?):/i.test(purpose) ? purpose.slice(purpose.indexOf('#') + 1) : purpose
  const bare = code.toUpperCase().replace(/[\s_]/g, '')
  return Object.hasOwn(SAME, bare) ? (SAME[bare] ?? bare) : bare
}
