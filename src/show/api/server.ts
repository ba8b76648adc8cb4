import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type {
  FastifyBaseLogger,
  FastifyInstance,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from 'fastify'
import type { Principal, Right } from './principal.ts'

/** The HTTP server with types taken from each route's schema. */
export type Server = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>

/** Who may call a route: holders of a right, anyone, or whoever the route itself lets in. */
export type Admission = Right | 'anyone' | 'decided_by_route'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Every route must say who may call it; the server refuses to start with one that does not. */
    admits?: Admission
    /** Events come in floods: such a path is counted apart, by its own and wider measure. */
    flood?: boolean
    /** Its answers of 200 are made in pieces that only show themselves; they are long. */
    inert?: boolean
  }
  interface FastifyRequest {
    /** Null where no token, or none that is known, was sent. */
    principal: Principal | null
  }
}

/** Requests a minute, by client address and by token. */
export interface RateLimits {
  readonly perAddressMax: number
  readonly perPrincipalMax: number
  readonly intakeMax: number
}
