import type { Static } from 'typebox'
import { Type } from 'typebox'
import { Value } from 'typebox/value'
import { codeOf } from '../../contract/errors.ts'
import { makeSend } from '../../http/bounded-fetch.ts'
import type { RunningServer } from '../../process/running-server.ts'
import type { CheckResult } from './check-result.ts'

const Ready = Type.Object({
  checks: Type.Array(
    Type.Object({
      name: Type.String(),
      state: Type.String(),
      detail: Type.Optional(Type.String()),
    }),
  ),
})

/** How the Curfew that runs on the data folder says it is: each of its own checks that is not ready. */
export async function examineServer({ url }: RunningServer): Promise<readonly CheckResult[]> {
  const check = 'running server'
  const send = makeSend({ timeoutMs: 5_000, bodyBytesMax: 65_536 })
  try {
    const { text } = await send(`${url}/readyz`, { method: 'GET' })
    const answer: unknown = JSON.parse(text)
    if (!Value.Check(Ready, answer)) {
      return [
        { check, state: 'broken', detail: `${url}/readyz answers something else than checks` },
      ]
    }
    const wrong = answer.checks.filter(({ state }) => state !== 'ready')
    if (wrong.length > 0) return wrong.map(symptomOf)
    return [{ check, state: 'ok', detail: answer.checks.map(({ name }) => name).join(', ') }]
  } catch (error) {
    const detail = `${url}/readyz does not answer within 5 s (${codeOf(error)}); look at its log`
    return [{ check, state: 'broken', detail }]
  }
}

function symptomOf({ name, state, detail }: Static<typeof Ready>['checks'][number]): CheckResult {
  return { check: `running server, ${name}`, state: 'broken', detail: detail ?? state }
}
