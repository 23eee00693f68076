/** Compiled with the source (`npm run typecheck`), never run: no member of the context is forgotten. */
import { contextRules, type AuthorizationContext } from '../../src/auth/identity.ts'
import type { MemberRules } from '../../src/lib/members.ts'

type Grown = AuthorizationContext & { tenant?: string | undefined }

export const complete: MemberRules<AuthorizationContext> = contextRules
// @ts-expect-error the table lacks a rule for "tenant": no check, no copy, and no part of any cache key
export const lacking: MemberRules<Grown> = contextRules
