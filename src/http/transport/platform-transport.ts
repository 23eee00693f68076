import type { Transport, TransportRequest, TransportResponse } from '../../types.ts'

/**
 * The runtime's default transport: undici on Node, ky over `fetch` elsewhere. package.json chooses
 * it, so that bundlers do, too. Loaded with the first request.
 */
export function platformTransport(): Transport {
  let loading: Promise<Transport> | undefined
  let loaded: Transport | undefined
  let isClosed = false
  const load = async (): Promise<Transport> => {
    const { defaultTransport } = await import('#default-transport')
    loaded = defaultTransport()
    if (isClosed) await loaded.close?.()
    return loaded
  }
  return {
    reportsSent: true,
    send(request) {
      if (loaded !== undefined) return sendBy(loaded, request)
      return (loading ??= load()).then((transport) => sendBy(transport, request))
    },
    async close() {
      isClosed = true
      await loaded?.close?.()
    },
  }
}

function sendBy(transport: Transport, request: TransportRequest): Promise<TransportResponse> {
  if (transport.reportsSent !== true) request.onSent?.()
  return transport.send(request)
}
