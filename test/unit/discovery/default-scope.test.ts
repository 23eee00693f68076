import { expect, test } from 'vitest'
import { defaultScope } from '../../../src/discovery/default-scope.ts'

const V1 = 'system/Patient.read'
const V2 = 'system/Patient.rs'

test.each<[listed: readonly string[] | undefined, capabilities: readonly string[], scope: string]>([
  [undefined, [], V1],
  [undefined, ['permission-v1'], V1],
  [undefined, ['permission-v2'], V2],
  [undefined, ['permission-v1', 'permission-v2'], V1],
  [[], ['permission-v2'], V2],
  // what is listed comes before what is announced
  [['system/Account.read', 'system/Patient.write'], ['permission-v2'], V1],
  [['system/Patient.crus', 'system/Condition.rs'], ['permission-v1', 'permission-v2'], V2],
  [['system/Patient.crus'], ['permission-v1'], V2],
  [['system/*.cruds'], [], V2],
  [['system/*.rs', 'user/Patient.read', 'openid'], [], V2],
  [['system/Patient.rs?_security=x'], [], V2],
  [['system/*.*'], ['permission-v2'], V1],
  [['system/*.read', 'system/*.rs'], ['permission-v2'], V1],
  // other scopes say nothing
  [['user/Patient.rs', 'patient/*.rs', 'launch'], [], V1],
  [['system/Patient.$match', 'system/Patient.', 'system/.rs'], [], V1],
])('smart-backend, %j and %j: %s', (scopesSupported, capabilities, scope) => {
  expect(defaultScope('smart-backend', { scopesSupported, capabilities })).toBe(scope)
  expect(defaultScope('carequality-legacy', { scopesSupported, capabilities })).toBe(V1)
})

test('a server without a smart-configuration is asked in the first form', () => {
  expect(defaultScope('smart-backend', undefined)).toBe(V1)
})
