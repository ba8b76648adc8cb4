import { spawnSync } from 'node:child_process'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { renderCsv } from '../../../src/show/render/csv.ts'
import { givenFor, lacks } from '../../parts/needs.ts'
import { aResult } from '../a-result.ts'

/** Python's reader, with the ends of cells that spreadsheets of different countries look for. */
const readers = `
import csv, io, json, sys
text = sys.stdin.buffer.read().decode('utf-8')
print(json.dumps({mark: list(csv.reader(io.StringIO(text, newline=''), delimiter=mark)) for mark in [',', ';', '\\t', '|']}))
`

type Cells = { readonly [mark: string]: readonly (readonly string[])[] }

function readByPython(text: string): Cells {
  const { stdout, stderr } = spawnSync(givenFor('python') ?? 'python3', ['-c', readers], {
    input: text,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  })
  if (stdout === '') throw new Error(`python3 read nothing: ${stderr}`)
  return JSON.parse(stdout)
}

const pieces = [
  '=',
  '+',
  '-',
  '@',
  '＝',
  "cmd|'/C calc'!A0",
  '"',
  '""',
  "'",
  ',',
  ';',
  '|',
  '\t',
  '\n',
  '\r',
  '\r\n',
]
const others = [
  '\u0000',
  '\u001b',
  '\u2028',
  '\u00a0',
  ' ',
  'a',
  '1',
  '2026-11-01T00:00:00Z',
  'é',
  '王',
]
const hostile = fc.string({ unit: fc.constantFrom(...pieces, ...others), maxLength: 24 })

const describeHere = describe.skipIf(lacks('python', import.meta.filename))

describeHere('a report as CSV, read by another program', () => {
  const [reasons] = fc.sample(fc.array(hostile, { minLength: 1_500, maxLength: 1_500 }), 1)
  const rows = (reasons ?? []).map((reason) => ({ reason, seconds: -3.5, coverage: null }))
  const text = renderCsv(aResult(rows))

  it('has one row for each of the report, whatever stands in its texts', () => {
    const { ',': read = [], ...elsewhere } = readByPython(text)
    expect(read.length).toBe(rows.length + 1)
    expect(new Set(read.map((cells) => cells.length)).size).toBe(1)
    for (const [mark, lines] of Object.entries(elsewhere))
      expect(lines.length, mark).toBe(rows.length + 1)
  })

  it('has no cell that is a formula, wherever the reader ends cells', () => {
    const cells = Object.values(readByPython(text)).flat(2)
    expect(cells.length).toBeGreaterThan(4 * rows.length)
    const formulas = cells.filter(
      (cell) => /^[\s\u00a0]*[=+\-@＝＋－＠]/.test(cell) && Number.isNaN(Number(cell)),
    )
    expect(formulas).toEqual([])
  })
})
