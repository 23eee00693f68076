/** A walk as an .http file (VS Code REST Client, JetBrains) and as a Postman collection. */
import { variablesOf, type Piece, type WalkStep } from './walk.ts'

const FROM_ENVIRONMENT: ReadonlySet<string> = new Set(['CAREQUALITY_API_KEY'])
const FORM = 'application/x-www-form-urlencoded'

/** The text of an .http file. */
export function httpFile(steps: readonly WalkStep[]): string {
  const issued = new Set(steps.flatMap(({ token }) => (token === undefined ? [] : [token.token])))
  const own = variablesOf(steps).filter((name) => !issued.has(name))
  const variables = own.map((name) =>
    FROM_ENVIRONMENT.has(name) ? `@${name} = {{$processEnv ${name}}}` : `@${name} = `,
  )
  const note = own
    .filter((name) => name.startsWith('CLIENT_ASSERTION'))
    .map((name) => `# ${name}: carequality-fhir assertion --raw --audience TOKEN_ENDPOINT`)
  const requests = steps.map((step) => requestText(step, issued))
  return `${[...note, ...variables, '', ...requests].join('\n')}\n`
}

function requestText(step: WalkStep, issued: ReadonlySet<string>): string {
  const { title, token, method, url, headers, form, body } = step
  const name = token === undefined ? [] : [`# @name ${requestName(token.token)}`]
  const fields = (form ?? []).map(
    ([field, value], index) =>
      `${index === 0 ? '' : '&'}${encodeURIComponent(field)}=${encodedField(value)}`,
  )
  return [
    `### ${title}`,
    ...name,
    `${method} ${urlText(url)}`,
    ...headers.map(([header, value]) => `${header}: ${headerText(value, issued)}`),
    ...(form === undefined ? [] : [`content-type: ${FORM}`, '', ...fields]),
    ...(body === undefined ? [] : ['', textOf([body])]),
    '',
  ].join('\n')
}

/** `ACCESS_TOKEN_2` is what the request `token_2` returns. */
function requestName(variable: string): string {
  return variable.replace('ACCESS_', '').toLowerCase()
}

/** A later request takes the token out of the response of the one that returned it. */
function headerText(value: readonly Piece[], issued: ReadonlySet<string>): string {
  return textOf(
    value.map((piece) =>
      typeof piece !== 'string' && issued.has(piece.variable)
        ? { variable: `${requestName(piece.variable)}.response.body.access_token` }
        : piece,
    ),
  )
}

function encodedField(value: Piece): string {
  return typeof value === 'string' ? encodeURIComponent(value) : textOf([value])
}

/** A server chose most of it: a variable of ours that it names must not be filled in. */
function urlText(pieces: readonly Piece[]): string {
  return textOf(
    pieces.map((piece) =>
      typeof piece === 'string' ? piece.replaceAll('{', '%7B').replaceAll('}', '%7D') : piece,
    ),
  )
}

/** Postman has no way to write two braces that mean themselves. */
function fieldText(value: Piece): string {
  return textOf([typeof value === 'string' ? value.replaceAll('{{', '{ {') : value])
}

function textOf(pieces: readonly Piece[]): string {
  return pieces
    .map((piece) => (typeof piece === 'string' ? piece : `{{${piece.variable}}}`))
    .join('')
}

/** A Postman collection ([format 2.1](https://schema.postman.com/json/collection/v2.1.0/docs/index.html)). */
export function postmanCollection(name: string, steps: readonly WalkStep[]): string {
  const collection = {
    info: {
      name,
      schema: 'https://schema.getpostman.com/json/collection/v2.1.0/collection.json',
    },
    item: steps.map(itemOf),
    variable: variablesOf(steps).map((key) => ({ key, value: '', type: 'string' })),
  }
  return `${JSON.stringify(collection, null, 2)}\n`
}

function itemOf({ title, token, method, url, headers, form, body }: WalkStep): object {
  return {
    name: title,
    ...(token === undefined ? {} : { event: [tokenScript(token.token)] }),
    request: {
      method,
      url: urlText(url),
      header: headers.map(([key, value]) => ({ key, value: textOf(value) })),
      ...(form === undefined
        ? {}
        : {
            body: {
              mode: 'urlencoded',
              urlencoded: form.map(([key, value]) => ({ key, value: fieldText(value) })),
            },
          }),
      ...(body === undefined ? {} : { body: { mode: 'raw', raw: textOf([body]) } }),
    },
  }
}

function tokenScript(variable: string): object {
  const exec = [`pm.collectionVariables.set("${variable}", pm.response.json().access_token)`]
  return { listen: 'test', script: { type: 'text/javascript', exec } }
}
