import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { renderCsv } from '../../src/show/render/csv.ts'
import { renderJson } from '../../src/show/render/json.ts'
import { renderTable } from '../../src/show/render/table.ts'
import { aResult, instant } from './a-result.ts'

describe('whoever has to be named for the data', () => {
  const named = {
    ...aResult([{ reason: 'x', seconds: 1, coverage: 1 }]),
    attribution: ['By A', 'By B'],
  }

  it('is named in every form of a report, and in none where nobody is', () => {
    expect(renderTable(named)).toMatch(/\nBy A\nBy B\n$/)
    expect(renderCsv(named).split('\r\n')[1]).toMatch(/,By A; By B$/)
    expect(renderJson(named)).toContain('"By B"')
    const { attribution: _, ...plain } = named
    expect(renderTable(plain) + renderCsv(plain) + renderJson(plain)).not.toContain('By A')
  })
})

const csvRow = (reason: string) =>
  renderCsv(aResult([{ reason, seconds: -3.5, coverage: null }])).split('\r\n')[1]

describe('CSV', () => {
  it.each(['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1', '  =1', '\n=1', '\u00a0=1', '＝1'])(
    'makes %j text that no spreadsheet runs',
    (reason) => {
      expect(csvRow(reason)).toMatch(/^\s*'[=+\-@＝]/)
    },
  )

  it.each(['1=1', 'a@b', 'lost - found', "'=1"])('leaves %j as it is', (reason) => {
    expect(csvRow(reason)?.startsWith(reason)).toBe(true)
  })

  it('keeps negative numbers numbers', () => {
    expect(csvRow('x')).toContain('x,-3.5,,')
  })

  it.each(['a;=1', 'a,"=1"', 'a | @x', 'a;""-1', 'a;\u00a0+1', 'x =cmd', 'x\t+1', 'x "@y', 'x ='])(
    'leaves no formula in %j to a reader that ends cells elsewhere',
    (reason) => {
      expect(csvRow(reason)).toMatch(/'[=+\-@]/)
    },
  )

  it('quotes what holds commas and quotes, and ends each line with CRLF and none before', () => {
    expect(renderCsv(aResult([{ reason: 'a,"b"\nc', seconds: 1, coverage: 0.5 }]))).toBe(
      'reason,seconds,coverage,report,tenant,period_from,period_to,as_of,filters,incomplete\r\n' +
        `"a,""b"" c",1,0.5,sample,acme,2026-11-01T00:00:00.000Z,${instant},${instant},,\r\n`,
    )
  })
})

describe('a table that is wider than the terminal', () => {
  const rows = [{ reason: 'lost phone', seconds: 1.5, coverage: 0.5 }]
  const linesAt = (width?: number) => renderTable(aResult(rows), width).trimEnd().split('\n')

  it('is told in parts that fit, each with the first column, and nothing is left out', () => {
    expect(linesAt(20).slice(4)).toEqual([
      ...['', 'reason      seconds', 'lost phone  1.500 s'],
      ...['', 'reason      coverage', 'lost phone   50.00 %'],
    ])
  })

  it('is one line a row where there is no terminal, and where it fits', () => {
    expect(linesAt().slice(4)).toEqual([
      ...['', 'reason      seconds  coverage', 'lost phone  1.500 s   50.00 %'],
    ])
    expect(linesAt(29)).toEqual(linesAt())
    expect(linesAt(28)).not.toEqual(linesAt())
  })
})

describe('what a report was asked to leave out', () => {
  it('is said in a table, and in CSV in every row, where it cannot be a formula either', () => {
    const filters = { class: 'device_lost', top: 3 }
    const rows = [{ reason: 'x', seconds: 1, coverage: 1 }]
    expect(renderTable({ ...aResult(rows), filters })).toContain(
      '\nonly class=device_lost, top=3\n',
    )
    const [head, row] = renderCsv({ ...aResult(rows), filters }).split('\r\n')
    expect(head).toMatch(/,filters,incomplete$/)
    expect(row).toMatch(/,"class=device_lost, top=3",$/)
    const formula = renderCsv({ ...aResult(rows), filters: { '=cmd': 'x' } })
    expect(formula).toContain(",'=cmd=x,\r\n")
  })
})

describe('rows that are left out', () => {
  const words = 'the last 8 of 9 rows are left out'
  const lack = { what: 'rows_left_out', instance: '', since: instant, count: 8, words } as const
  const cut = {
    ...aResult([{ reason: 'x', seconds: 1, coverage: 1 }]),
    ...{ row_total: 9, truncated: true, incomplete: [lack] },
  }

  it('are said in every form of a report', () => {
    expect(renderTable(cut)).toContain(`\nincomplete: ${words}\nrows: 1 of 9\n`)
    expect(renderCsv(cut).split('\r\n')[1]).toContain(`,${words}`)
    const { truncated, row_total, incomplete } = JSON.parse(renderJson(cut))
    expect([truncated, row_total, incomplete]).toEqual([true, 9, [lack]])
  })
})

describe('JSON', () => {
  const risky = '</script><img src=x onerror=alert(1)>&\u2028'

  it('holds nothing that HTML acts on', () => {
    const text = renderJson(aResult([{ reason: risky, seconds: 0, coverage: 0 }]))
    expect(text).not.toMatch(/[<>&\u2028\u2029]/)
  })

  it('gives any text back as it was', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (reason) => {
        const rows = [{ reason, seconds: 0, coverage: 0 }]
        expect(JSON.parse(renderJson(aResult(rows))).rows).toEqual(rows)
      }),
    )
  })
})

describe('a table', () => {
  it('holds no character that moves a cursor, turns text around or breaks a line', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('\u001b', '[31m', '\u202e', '\n', '\r', '\u0007', 'a') }),
        (reason) => {
          const text = renderTable(aResult([{ reason, seconds: 0, coverage: 0 }]))
          // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there
          expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/)
          expect(text.split('\n')).toHaveLength(8)
        },
      ),
    )
  })

  it('says "no data" where there was nothing to measure, and no percentage', () => {
    const text = renderTable(aResult([{ reason: 'x', seconds: null, coverage: null }]))
    expect(text).toContain('x       no data   no data')
    expect(text).not.toContain('%')
  })

  it('never rounds a share up to 100 %', () => {
    const text = renderTable(aResult([{ reason: 'x', seconds: 0, coverage: 0.99999 }]))
    expect(text).toContain('99.99 %')
  })

  it('shows a headline as its column shows it, and not with fifteen digits', () => {
    const summary = { coverage: 1 / 3, worst_seconds: 2 / 3, sessions: 3, population: 'listed' }
    const text = renderTable({ ...aResult([]), summary })
    expect(text).toContain(
      '\ncoverage: 33.33 %\nworst_seconds: 0.667 s\nsessions: 3\npopulation: listed\n',
    )
  })

  it('cuts what is too wide, and says so', () => {
    const text = renderTable(aResult([{ reason: 'x'.repeat(5_000), seconds: 0, coverage: 0 }]))
    expect(text).toContain(`${'x'.repeat(47)}…`)
    expect(text.length).toBeLessThan(500)
  })
})
