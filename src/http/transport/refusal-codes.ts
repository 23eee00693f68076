/** The `code` of errors with which our own transports refuse a connection. */

/** The host's addresses are not public. */
export const ADDRESS_REFUSED = 'CQ_ADDRESS_REFUSED'

/** The proxy opened no tunnel; its status follows. */
export const PROXY_REFUSED = 'CQ_PROXY_REFUSED_'
