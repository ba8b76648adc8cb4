import { Type } from 'typebox'
import { CurfewError } from '../../contract/errors.ts'
import { principalOf } from '../api/paging.ts'
import type { Principal } from '../api/principal.ts'
import { answers, closedObject, InstantOrNull } from '../api/schemas.ts'
import { Reason } from '../queries/submit-request.ts'
import type { KillState, Route } from '../route.ts'

const State = closedObject({
  on: Type.Boolean({ description: 'While it is on, no session is ended by Curfew.' }),
  by: Type.String({
    description: 'Who turned it on; empty for a hand on the file, or another tenant.',
  }),
  at: InstantOrNull,
  reason: Type.String(),
})

/**
 * The kill switch. It stops the whole deployment, so every tenant's admin may turn it on; only the
 * tenant that did, or anybody when it was done by hand, turns it off again. Who else did it and why
 * is not shown across tenants.
 */
export const route: Route = {
  id: 'kill-switch',
  mount: (server, { killSwitch }) => {
    server.get(
      '/v1/kill-switch',
      {
        config: { admits: 'operate' },
        schema: {
          operationId: 'getKillSwitch',
          summary: 'Whether all enforcement is stopped',
          description: 'While it is on orders wait, and nothing is lost.',
          tags: ['operation'],
          response: answers({ 200: State }),
        },
      },
      async (request) => shownTo(principalOf(request), await killSwitch.read()),
    )
    server.put(
      '/v1/kill-switch',
      {
        config: { admits: 'operate' },
        schema: {
          operationId: 'putKillSwitch',
          summary: 'Stop all enforcement, or let it go on',
          description:
            'It stops the whole deployment; only the tenant that turned it on, or a hand on the file, turns it off.',
          tags: ['operation'],
          body: closedObject({ on: Type.Boolean(), reason: Reason }),
          response: answers({ 200: State }),
        },
      },
      async (request) => {
        const principal = principalOf(request)
        const { on, reason } = request.body
        const before = await killSwitch.read()
        if (!on && before.on && isForeign(principal, before)) {
          throw new CurfewError(
            'SHOW_CONFLICT',
            'Another tenant stopped enforcement; only it, or a hand on the file, lets it go on.',
          )
        }
        // Turning it on again would put our name over theirs, and so let us turn it off.
        if (!(on && before.on)) await killSwitch.set(on, nameOf(principal), reason)
        return shownTo(principal, await killSwitch.read())
      },
    )
  },
}

const nameOf = ({ tenant, name }: Principal): string => `${tenant}/${name}`

const isForeign = ({ tenant }: Principal, { by }: KillState): boolean =>
  by !== '' && !by.startsWith(`${tenant}/`)

function shownTo(principal: Principal, state: KillState) {
  const own = !isForeign(principal, state)
  return {
    on: state.on,
    by: own ? state.by : '',
    at: state.at === null ? null : new Date(state.at).toISOString(),
    reason: own ? state.reason : '',
  }
}
