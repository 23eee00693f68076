/** The parts of undici for proxies, by file as in `undici.ts`. */
import connect from 'undici/lib/api/api-connect.js'
import EnvHttpProxyAgent from 'undici/lib/dispatcher/env-http-proxy-agent.js'
import Pool from 'undici/lib/dispatcher/pool.js'

export { EnvHttpProxyAgent, Pool, connect }
