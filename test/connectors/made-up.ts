import { Type } from 'typebox'
import { errorText, failureOf, makeExchange } from '../../src/enforce/provider-kit/exchange.ts'
import { checkRights } from '../../src/enforce/provider-kit/probe.ts'
import type { Proofs, Provider } from '../../src/enforce/provider-kit/provider.ts'
import { BaseUrl, Secret, settingsAs } from '../../src/enforce/provider-kit/settings.ts'
import { pathPart, targetOf } from '../../src/enforce/provider-kit/target.ts'
import type { Play } from './provider-play.ts'
import { json, sessionId, subjectId } from './provider-play.ts'

const Settings = Type.Object({ base_url: BaseUrl, token: Secret }, { additionalProperties: false })
const kinds = ['online'] as const
const nothing: Proofs = {
  absence: 'acknowledges',
  read: 'acknowledges',
  ownEnd: 'acknowledges',
  otherEnd: 'acknowledges',
  refusal: 'acknowledges',
  control: 'it is made up',
}

/**
 * No real provider: it lists no sessions and reads none, and its one call ends all sessions of a person, as
 * several providers have it. It keeps the promises that the suite asks of every provider.
 */
export const provider: Provider = {
  open: (given, { send, clock }) => {
    const { base_url, token } = settingsAs(Settings, given, 'made-up')
    const exchange = makeExchange({ provider: 'Made-up', send, clock })
    const endAll = async (subject: string, signal?: AbortSignal) => {
      const answer = await exchange({
        ...(signal && { signal }),
        what: 'ending all sessions of a user',
        url: `${base_url}/users/${pathPart(subject)}/sessions`,
        method: 'DELETE',
        headers: { authorization: `Bearer ${token}` },
        expects: [204, 404],
      })
      if (answer.status === 404 && errorText(answer, ['error']) !== 'user_not_found') {
        throw failureOf(answer)
      }
      return answer
    }
    return {
      capabilities: {
        kinds,
        tells: [],
        read: false,
        proofs: nothing,
        repeat: { call: 'once' },
        alsoEnds: { online: 'subject' },
        timeRoundingMs: 0,
        callsPerSecondMax: 10,
        ownClientId: '',
      },
      read: async () => ({ state: 'unknown' }),
      revoke: async (target, signal) => {
        targetOf(kinds, target)
        const { status } = await endAll(target.subjectId, signal)
        return {
          result: status === 204 ? 'acknowledged' : 'already_gone',
          status,
          requestId: '',
        }
      },
      check: () => checkRights([{ may: 'end sessions', attempt: () => endAll('nobody') }]),
    }
  },
}

export const play: Play = {
  id: 'made-up',
  settings: { base_url: 'https://idp.example.com', token: 'canary-bearer-token' },
  secrets: ['canary-bearer-token'],
  target: { subjectId, kind: 'online', id: sessionId },
  partOf: () => 'revoke',
  acknowledged: { status: 204, headers: {}, text: '' },
  gone: json(404, { error: 'user_not_found' }),
  triesOn401: 1,
}
