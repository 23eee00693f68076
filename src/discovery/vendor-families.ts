/** Whether a host is a name or below it, by whole labels. */
export function isUnder(hostname: string, name: string): boolean {
  return hostname === name || hostname.endsWith(`.${name}`)
}

/** Cerner, now Oracle Health, under its three names. */
export const CERNER: readonly string[] = ['cerner.com', 'stagingcerner.com', 'sandboxcerner.com']

/** eClinicalWorks: FHIR servers under healow.com, one authorization server for all practices. */
const ECLINICALWORKS: readonly string[] = ['healow.com', 'eclinicalworks.com']

/** NextGen Office, formerly MediTouch. Only its own part of NextGen's cloud domain. */
const NEXTGEN_OFFICE: readonly string[] = ['meditouchehr.com', 'ngo.nextgenaws.net']

const FAMILIES: readonly (readonly string[])[] = [CERNER, ECLINICALWORKS, NEXTGEN_OFFICE]

/** Whether one vendor runs both hosts, under several of its domains. */
export function sameVendor(one: string, other: string): boolean {
  return FAMILIES.some(
    (family) =>
      family.some((name) => isUnder(one, name)) && family.some((name) => isUnder(other, name)),
  )
}
