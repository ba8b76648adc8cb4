import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { drawView } from '../../src/demo/view.ts'
import { keepColumns } from './columns.ts'
import { drawTerminal, linesIn } from './terminal.ts'

const folder = 'docs/pictures'
const pictures = readdirSync(folder).map((name) => join(folder, name))

describe('the pictures of the README', () => {
  it('are small, and hold neither a token nor a link', () => {
    expect(pictures.length).toBeGreaterThanOrEqual(5)
    for (const path of pictures) {
      expect(statSync(path).size, path).toBeLessThan(150_000)
      const text = readFileSync(path, 'utf8')
      expect(text, path).not.toMatch(/demo_\w{8}/)
      expect(text, path).not.toContain('href')
    }
  })

  it('show the labels that the demo draws today', () => {
    const verdicts = { kept: 1, broken: 0, open: 0, unproven: 0 }
    const figures = {
      ...{ events: 1, eventsPerSecond: 1, rejected: 0, findings: {}, coverage: 1 },
      curfews: { credential_reset: verdicts },
      survivors: { planted: 1, found: 1, dead: 1, endedWrongly: 0 },
      latency: { n: 2, p50Ms: 700, p95Ms: 1_200, p99Ms: 1_200 },
      machine: { tooSlow: false, longestWaitMs: 40 },
    }
    const drawn = drawView(
      { figures, found: { findings: [], curfews: [] }, names: new Map() },
      { url: 'http://127.0.0.1:1', token: 'demo_…', seconds: 60, people: 200, deadlineMs: 10_000 },
      { columns: 80, rows: 40 },
    )
    const shape = (line: string) => line.replaceAll(' ', '').replaceAll(/[\d.,]+/g, '0')
    const shown = linesIn(readFileSync(join(folder, 'demo.svg'), 'utf8')).map(shape)
    const variable = /^(findings|token|nobody|credential_reset)/
    const labels = drawn
      .split('\n')
      .map(shape)
      .filter((line) => line !== '' && !variable.test(line))
    expect(labels.length).toBeGreaterThan(7)
    expect(labels.filter((line) => !shown.includes(line))).toEqual([])
  })
})

describe('drawTerminal', () => {
  it('holds the lines as they were printed, escaped for XML', () => {
    const output = 'kept   1 < 2\n\n  "a" & b  broken\n'
    const picture = drawTerminal({ title: 'x', command: 'cat', output })
    expect(linesIn(picture)).toEqual(['$ cat', 'kept 1 < 2', '"a" & b broken'])
    expect(picture).not.toContain('1 < 2')
  })
})

describe('keepColumns', () => {
  const printed =
    'Title\n\nname   gone  count\nada    x         1\ngrace  y y      20\nlast   z         3\n\nlegend'

  it('keeps the columns that are named and so many rows', () => {
    expect(keepColumns(printed, ['name', 'count'], 2)).toBe(
      'Title\n\nname   count\nada        1\ngrace     20\n… 1 more rows',
    )
  })

  it('refuses a table that has changed', () => {
    expect(() => keepColumns(printed, ['name', 'missing'], 2)).toThrow(/name, missing/)
  })
})
