/**
 * One exchange through an undici dispatcher, without the streams that undici's own calls create.
 */
import { setImmediate } from 'node:timers'

import type { Dispatcher } from 'undici'

import { LazyHeaders, type RawHeaders } from '../http/transport/lazy-headers.ts'
import { Pieces } from '../http/body/pieces.ts'
import type { TransportResponse } from '../types.ts'
import { decoded } from './decoding.ts'

/** Bytes that may be queued for the reader before the server is asked to pause. */
const WAITING_BYTES = 262_144

interface Reader {
  resolve(piece: IteratorResult<Uint8Array, undefined>): void
  reject(error: Error): void
}

const END: IteratorResult<Uint8Array, undefined> = { done: true, value: undefined }

/** Returns the response as soon as its headers have arrived, and its body as it arrives. */
export class ExchangeHandler
  implements Dispatcher.DispatchHandler, AsyncIterator<Uint8Array, undefined>
{
  readonly answer: Promise<TransportResponse>
  readonly #onSent: (() => void) | undefined
  readonly #pieces = new Pieces()
  #reader: Reader | undefined
  #controller: Dispatcher.DispatchController | undefined
  #settle: { resolve(answer: TransportResponse): void; reject(error: Error): void } | undefined
  /** The body is complete. */
  #complete = false
  /** The reader may be told. */
  #ended = false
  #whenOver: (() => void) | undefined
  #error: Error | undefined

  /** Called when the request is sent. */
  constructor(onSent?: () => void) {
    this.#onSent = onSent
    this.answer = new Promise((resolve, reject) => {
      this.#settle = { resolve, reject }
    })
  }

  /** Called once, when there is nothing left to abort. */
  whenOver(listener: () => void): void {
    if (this.#complete || this.#error !== undefined) listener()
    else this.#whenOver = listener
  }

  /** Aborts the exchange. */
  abort(reason: unknown): void {
    const error = reason instanceof Error ? reason : new Error('aborted')
    if (this.#controller === undefined) this.#fail(error)
    else this.#controller.abort(error)
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller
    if (this.#error === undefined) this.#onSent?.()
    else controller.abort(this.#error)
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    raw: RawHeaders,
  ): void {
    if (status < 200) return // "wait", and more to come
    const headers = new LazyHeaders(raw)
    const body = decoded({ [Symbol.asyncIterator]: () => this }, headers)
    this.#settle?.resolve({ status, headers, body })
  }

  onResponseData(controller: Dispatcher.DispatchController, piece: Uint8Array): void {
    const reader = this.#reader
    if (reader !== undefined) {
      this.#reader = undefined
      reader.resolve({ done: false, value: piece })
      return
    }
    this.#pieces.add(piece)
    if (this.#pieces.size > WAITING_BYTES) controller.pause()
  }

  onResponseEnd(): void {
    this.#complete = true
    this.#whenOver?.()
    // undici frees the connection in an immediate that it schedules after this returns. A reader
    // that continued before that, from the token to the query, would open a second one.
    queueMicrotask(() => setImmediate(() => this.#end()))
  }

  #end(): void {
    this.#ended = true
    this.#reader?.resolve(END)
    this.#reader = undefined
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#fail(error)
  }

  next(): Promise<IteratorResult<Uint8Array, undefined>> {
    const piece = this.#pieces.take()
    if (piece !== undefined) {
      if (this.#controller?.paused === true && this.#pieces.size <= WAITING_BYTES) {
        this.#controller.resume()
      }
      return Promise.resolve({ done: false, value: piece })
    }
    if (this.#error !== undefined) return Promise.reject(this.#error)
    if (this.#ended) return Promise.resolve(END)
    return new Promise((resolve, reject) => {
      this.#reader = { resolve, reject }
    })
  }

  return(): Promise<IteratorResult<Uint8Array, undefined>> {
    if (!this.#complete) this.abort(new Error('the rest is not wanted'))
    return Promise.resolve(END)
  }

  #fail(error: Error): void {
    this.#error ??= error
    this.#whenOver?.()
    this.#settle?.reject(error)
    this.#reader?.reject(error)
    this.#reader = undefined
  }
}
