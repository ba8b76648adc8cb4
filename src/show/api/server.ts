import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type {
  FastifyBaseLogger,
  FastifyInstance,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from 'fastify'
import type { Principal, Right } from './principal.ts'

/** The HTTP server, with types from each route's schema. */
export type Server = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>

/** Who may call a route: tokens with a right, anyone, or a check by the route itself. */
export type Admission = Right | 'anyone' | 'decided_by_route'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Every route must have one; the server refuses to start otherwise. */
    admits?: Admission
    /** Events arrive in large numbers: the path has its own, higher rate limit. */
    flood?: boolean
    /** Its 200 answers are streamed without response validation, since they are long. */
    inert?: boolean
  }
  interface FastifyRequest {
    /** Null where the request has no valid token. */
    principal: Principal | null
  }
}

/** Requests per minute, by client address and by token. */
export interface RateLimits {
  readonly perAddressMax: number
  readonly perPrincipalMax: number
  readonly intakeMax: number
}
