import { Type } from 'typebox'
import { CurfewError } from '../../contract/errors.ts'
import { principalOf } from '../api/paging.ts'
import type { Principal } from '../api/principal.ts'
import { answers, closedObject, InstantOrNull } from '../api/schemas.ts'
import { Reason } from '../queries/submit-request.ts'
import type { KillState, Route } from '../route.ts'

const State = closedObject({
  on: Type.Boolean({ description: 'While it is on, Curfew ends no session.' }),
  by: Type.String({
    description: 'Who turned it on; empty for the file, and for another tenant.',
  }),
  at: InstantOrNull,
  reason: Type.String(),
})

/**
 * The kill switch. It stops the whole deployment, so every tenant's admin may turn it on; only the
 * tenant that did may turn it off again, or any tenant when it was set through the file. Other tenants
 * do not see who set it, nor why.
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
          description: 'Orders wait while it is on; nothing is lost.',
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
          summary: 'Stop or resume all enforcement',
          description:
            'It stops the whole deployment; only the tenant that turned it on, or removal of the file, turns it off.',
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
            'Another tenant stopped enforcement; only that tenant, or removal of the file, resumes it.',
          )
        }
        // A second tenant that turned it on again would become its owner and could turn it off.
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
