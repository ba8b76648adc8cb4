import { WorkOS } from '@workos-inc/node'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { examples } from '../../../src/connectors/workos/examples.ts'
import { blankEvent } from '../../../src/contract/event.ts'
import { decodeOne } from '../../decode/given.ts'

const secret = 'whsec_test_only'
const sdk = new WorkOS('sk_test_only')

const monday = Date.parse('2026-11-02T09:00:00.000Z')
// The SDK asks `Date` whether a signature is of the last minutes.
beforeAll(() => void vi.useFakeTimers({ toFake: ['Date'], now: monday }))
afterAll(() => void vi.useRealTimers())

// The lane of history has no bounds that the examples' own dates could break some day.
const binding = {
  tenant: 'acme',
  instance: 'workos',
  lane: 'historical',
  mayAct: true,
  trusted: [],
} as const
const batch = { format: 'workos', binding } as const

/** The event as the SDK's `constructEvent` hands it to an application, and the application sends on. */
async function handedOut(message: object): Promise<object> {
  const timestamp = monday
  const payload: Record<string, unknown> = { ...message }
  const sigHash = await sdk.webhooks.computeSignature(timestamp, payload, secret)
  const sigHeader = `t=${timestamp}, v1=${sigHash}`
  return await sdk.webhooks.constructEvent({ payload, sigHeader, secret })
}

/** Of a directory's user the SDK keeps one address, so of the old list of addresses nothing is left. */
const dropped = 'a directory user is deleted, by an old webhook'
const readable = examples.filter(
  ({ name, becomes }) =>
    typeof becomes === 'object' && 'type' in becomes && !name.startsWith(dropped),
)

describe('an event as the official SDK hands it out', () => {
  it.each(readable)('is the same event with the same id: $name', async ({ message }) => {
    const theirs = decodeOne(await handedOut(message), batch)
    const ours = decodeOne(message, batch)
    expect(theirs.rejected).toBeUndefined()
    for (const field of Object.keys(blankEvent())) {
      // How many fields are unknown depends on what the SDK leaves out.
      if (field === 'unknownFields') continue
      expect([field, Reflect.get(theirs.event ?? {}, field)]).toEqual([
        field,
        Reflect.get(ours.event ?? {}, field),
      ])
    }
  })

  it('comes in another spelling than the API has, or nothing is shown here', async () => {
    const [first] = readable
    expect(Object.keys(await handedOut(first?.message ?? {}))).toContain('createdAt')
  })
})
