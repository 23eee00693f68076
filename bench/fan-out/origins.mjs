/** Responders on loopback addresses of their own; one in a hundred never answers. */

export const ANSWER_MS = 50

/** One port, because Linux takes all of 127.0.0.0/8 for this machine. */
export const addressOf = (number) => `127.1.${number >> 8}.${number & 255}`

export const isHealthy = (number) => number % 100 !== 1

/** Numbers from 1. */
export const numbersTo = (count) => Array.from({ length: count }, (_, index) => index + 1)
