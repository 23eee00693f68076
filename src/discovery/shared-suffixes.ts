import { isUnder } from './vendor-families.ts'

/** Tells whether different owners may have hosts directly below a domain. */
export type SharedSuffixCheck = (domain: string) => boolean

/** Domains in the Public Suffix List whose tenants also stand deeper: below regions and `scm.`. */
export const DEEPER_PLATFORMS: readonly string[] = [
  ...['azurewebsites.net', 'azurewebsites.us', 'azurefd.net', 'azure-api.net'],
  ...['azurestaticapps.net', 'ngrok-free.app', 'ngrok.dev', 'ngrok.app'],
  ...['customer-oci.com', 'oraclecloudapps.com'],
]

/**
 * Domains that the Public Suffix List lacks, and that separate tenants at any depth. `test/unit/discovery/token-trust.test.ts` fails when the list has caught up with one.
 */
export const SHARED_PLATFORMS: readonly string[] = [
  // Microsoft
  ...['windows.net', 'cloudapp.azure.com', 'azurecontainerapps.io', 'usgovcloudapi.net'],
  ...['azurehealthcareapis.com', 'azurehealthcareapis.us', 'azuremicroservices.io'],
  ...['b2clogin.com', 'b2clogin.us', 'b2clogin.cn', 'ciamlogin.com', 'onmicrosoft.com'],
  ...['azurefd.us', 'azureedge.us', 'devtunnels.ms', 'cloudapp.azure.us', 'azmk8s.io'],
  // Amazon, IBM, Oracle, SAP, Salesforce
  ...['amazonaws.com', 'on.aws', 'amazoncognito.com', 'appdomain.cloud', 'mybluemix.net'],
  ...['oraclecloud.com', 'oraclegovcloud.com', 'ondemand.com'],
  ...['force.com', 'salesforce.com', 'site.com'],
  // API gateways
  ...['apigee.net', 'cloudhub.io', 'anypointdns.net', 'kong-cloud.com', 'kongcloud.dev'],
  ...['konghq.com', 'choreoapis.dev'],
  ...['zuplo.app', 'zuplo.dev', 'axwaycloud.com', 'tyk.io', '3scale.net', 'rapidapi.com'],
  // identity providers
  ...['okta.com', 'oktapreview.com', 'okta-emea.com', 'okta-gov.com', 'okta.mil'],
  ...['auth0.com', 'onelogin.com', 'onelogin.eu', 'pingone.com', 'pingone.eu', 'pingone.ca'],
  ...['pingone.asia', 'pingone.com.au', 'pingone.sg', 'cloudflareaccess.com'],
  ...['frontegg.com', 'authkit.app', 'kinde.com', 'zitadel.cloud', 'descope.com', 'logto.app'],
  ...['cloud-iam.com', 'phasetwo.io', 'fusionauth.io', 'propelauth.com', 'accounts.dev'],
  // FHIR hosting
  ...['aidbox.app', 'isccloud.io', 'smilecdr.com', 'firely.cloud'],
  // application hosting and tunnels
  ...['openshiftapps.com', 'herokuspace.com', 'rlwy.net', 'koyeb.app', 'kinsta.app'],
  ...['sevalla.app', 'gigalixirapp.com', 'fl0.io', 'glitch.me', 'shuttle.app', 'modal.run'],
  ...['scalingo.io', 'jelastic.com', 'wpengine.com', 'mendixcloud.com', 'gitpod.io'],
  ...['github.dev', 'webcontainer.io', 'loca.lt'],
  ...['lhr.life', 'serveo.net', 'pipedream.net', 'beeceptor.com', 'mockable.io'],
  ...['nip.io', 'sslip.io', 'xip.io'],
]

/** Registries below a public suffix that the list does not have; one owner each below them. */
export const SHARED_REGISTRIES: readonly string[] = [
  ...['scot.nhs.uk', 'wales.nhs.uk', 'gov.bc.ca'],
  ...['nsw.gov.au', 'health.nsw.gov.au'],
]

/** Loads the Public Suffix List, private domains included: 50 kB gzip, so not before it is needed. */
export async function sharedSuffixCheck(): Promise<SharedSuffixCheck> {
  const { getDomain } = await import('tldts')
  const options = {
    allowPrivateDomains: true,
    extractHostname: false,
    validateHostname: false,
    detectIp: false,
  }
  return (domain) =>
    getDomain(domain, options) === null ||
    SHARED_REGISTRIES.includes(domain) ||
    [...DEEPER_PLATFORMS, ...SHARED_PLATFORMS].some((name) => isUnder(domain, name))
}
