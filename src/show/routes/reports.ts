import { Type } from 'typebox'
import { makePause } from '../../contract/pause.ts'
import { principalOf } from '../api/paging.ts'
import { mayDo } from '../api/principal.ts'
import { answers, closedObject, Instant } from '../api/schemas.ts'
import type { Server } from '../api/server.ts'
import type { FewAtOnce } from '../api/tenant-limit.ts'
import { makeFewAtOnce, reportsAtOnce } from '../api/tenant-limit.ts'
import { csvPieces } from '../render/csv.ts'
import { jsonPieces } from '../render/json.ts'
import { tablePieces } from '../render/table.ts'
import { DataLies } from '../reporting/data-period.ts'
import { Lack } from '../reporting/incomplete.ts'
import type { Report } from '../reporting/report.ts'
import type { ReportResult } from '../reporting/run-report.ts'
import { parametersOf, runReport } from '../reporting/run-report.ts'
import type { Deps, Route } from '../route.ts'

const formats = {
  json: { type: 'application/json; charset=utf-8', pieces: jsonPieces },
  csv: { type: 'text/csv; charset=utf-8; header=present', pieces: csvPieces },
  table: {
    type: 'text/plain; charset=utf-8',
    pieces: (result: ReportResult) => tablePieces(result),
  },
} as const

const ColumnEntry = closedObject({
  name: Type.String(),
  type: Type.String(),
  description: Type.String(),
  personal: Type.Optional(Type.String()),
  words: Type.Optional(
    Type.Record(Type.String(), Type.String(), { description: 'Meaning of each value.' }),
  ),
})

/** The result of a report as JSON; each row has the columns listed. */
const Result = closedObject({
  report: closedObject({ id: Type.String(), title: Type.String(), description: Type.String() }),
  tenant: Type.String(),
  period: closedObject({ from: Instant, to: Instant }),
  as_of: Instant,
  generated_at: Instant,
  filters: Type.Record(Type.String(), Type.Union([Type.String(), Type.Number()])),
  names_hidden: Type.Boolean(),
  columns: Type.Array(ColumnEntry),
  rows: Type.Array(Type.Record(Type.String(), Type.Unknown())),
  row_count: Type.Integer({ description: 'Number of rows in this answer.' }),
  row_total: Type.Integer({ description: 'Number of all rows; the summary covers all of them.' }),
  truncated: Type.Boolean({ description: 'true: there are more rows than this answer holds.' }),
  incomplete: Type.Array(Lack, {
    description: 'Reasons why figures may be incomplete; empty without a known reason.',
  }),
  data_lies: Type.Optional(DataLies),
  attribution: Type.Optional(Type.Array(Type.String())),
  summary: Type.Record(
    Type.String(),
    Type.Union([Type.String(), Type.Number(), Type.Null()], {
      description: 'null: nothing was measured.',
    }),
  ),
  sql: closedObject({ parametrised: Type.String(), filled: Type.String() }),
})

/** The list of reports, and each report under a path of its own with its own parameters. */
export const route: Route = {
  id: 'reports',
  mount: (server, deps) => {
    mountList(server, deps)
    const withLimit = makeFewAtOnce(reportsAtOnce)
    for (const report of deps.reports) mountReport(server, deps, report, withLimit)
  },
}

function mountList(server: Server, { reports }: Deps): void {
  server.get(
    '/v1/reports',
    {
      config: { admits: 'reports' },
      schema: {
        operationId: 'listReports',
        summary: 'All reports',
        description: 'With their parameters and the meaning of each column.',
        tags: ['reports'],
        response: answers({
          200: closedObject({
            items: Type.Array(
              closedObject({
                id: Type.String(),
                title: Type.String(),
                description: Type.String(),
                parameters: Type.Array(Type.String()),
                columns: Type.Array(ColumnEntry),
              }),
            ),
          }),
        }),
      },
    },
    async () => ({
      items: reports.map(({ id, title, description, columns, ...report }) => ({
        id,
        title,
        description,
        parameters: Object.keys(
          parametersOf({ id, title, description, columns, ...report }).properties,
        ),
        columns: [...columns],
      })),
    }),
  )
}

function mountReport(server: Server, deps: Deps, report: Report, withLimit: FewAtOnce): void {
  const Format = Type.Union([Type.Literal('json'), Type.Literal('csv'), Type.Literal('table')])
  server.get(
    `/v1/reports/${report.id}`,
    {
      config: { admits: 'reports', inert: true },
      schema: {
        operationId: `report${report.id.charAt(0).toUpperCase()}${report.id.slice(1)}`,
        summary: report.title,
        description: report.description,
        tags: ['reports'],
        querystring: closedObject({
          ...parametersOf(report).properties,
          format: Type.Optional(Format),
        }),
        response: {
          ...answers({}),
          200: {
            description: 'The report in the requested format.',
            content: {
              'application/json': { schema: Result },
              'text/csv': { schema: Type.String() },
              'text/plain': { schema: Type.String() },
            },
          },
        },
      },
    },
    async (request, reply) => {
      const principal = principalOf(request)
      const { format = 'json', ...parameters } = request.query
      const { tenant } = principal
      const names = mayDo(principal, 'names')
      const result = await withLimit(tenant, () =>
        runReport({ ...deps, report, tenant, parameters, names }),
      )
      const { type, pieces } = formats[format]
      const name = `${report.id}-${result.period.from.slice(0, 10)}-${result.period.to.slice(0, 10)}`
      reply.type(type)
      if (format === 'csv') {
        reply.header('content-disposition', `attachment; filename="${name}.csv"`)
      }
      return reply.send(await textOf(pieces(result)))
    },
  )
}

/** Joins the chunks of an answer; other work runs between two of them. */
async function textOf(pieces: Iterable<string>): Promise<string> {
  const made: string[] = []
  const pause = makePause(1)
  for (const piece of pieces) {
    made.push(piece)
    await pause()
  }
  return made.join('')
}
