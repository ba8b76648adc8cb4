import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { withEventTables } from '../../src/contract/event-tables.ts'
import { EventType } from '../../src/contract/event-words.ts'
import { decodeHistory } from '../decode/given.ts'
import { fitsSchema } from '../decode/schema-oracle.ts'

const page = readFileSync('docs/session-events.md', 'utf8')

it('the page about session events holds the tables that the code makes', () => {
  expect(withEventTables(page)).toBe(page)
  expect(withEventTables(page.replace('| `session.used` |', '| `session.tried` |'))).toBe(page)
})

it('the page about session events shows one event of every type that the schema and the reader take', () => {
  const block = /```json\n([\s\S]*?)\n```/.exec(page)?.[1] ?? ''
  const events: readonly object[] = block.split('\n').map((line) => JSON.parse(line))
  const types = events.map((json) => decodeHistory(json).event?.type)
  expect(types.toSorted()).toEqual(EventType.anyOf.map((word) => word.const).sort())
  expect(events.filter((json) => !fitsSchema(json))).toEqual([])
})
