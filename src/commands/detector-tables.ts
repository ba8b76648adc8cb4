import type { Detector } from '../detect/detector.ts'
import type { Sweep } from '../detect/sweep.ts'

/** The entries of both catalogues that docs/detectors.md describes. */
export interface Catalogue {
  readonly detectors: readonly Detector[]
  readonly sweeps: readonly Sweep[]
}

/** Returns the page with the text between `<!-- name -->` and `<!-- /name -->` made from the catalogue. */
export function withDetectorTables(page: string, { detectors, sweeps }: Catalogue): string {
  const entries = [
    ...detectors.map((each) => ({ ...each, kind: `detector, ${each.family}` })),
    ...sweeps.map((each) => ({
      ...each,
      kind: `sweep, ${each.family}, every ${each.everyMs / 1_000} s`,
    })),
  ].sort((one, other) => (one.id < other.id ? -1 : 1))
  const table = [
    '| id | finds | kind | severity | mode | ATT&CK |',
    '| --- | --- | --- | --- | --- | --- |',
    ...entries.map(
      ({ id, title, kind, severity, mode, attack }) =>
        `| \`${id}\` | ${title}. | ${kind} | ${severity} | \`${mode}\` | ${attack.join(', ')} |`,
    ),
  ]
  const runbooks = entries.map(({ id, runbook }) => `- \`${id}\`: ${runbook}`)
  return fill(fill(page, 'detectors', table), 'runbooks', runbooks)
}

function fill(page: string, name: string, lines: readonly string[]): string {
  const [before = '', rest = ''] = page.split(`<!-- ${name} -->\n`)
  const end = `<!-- /${name} -->`
  return `${before}<!-- ${name} -->\n\n${lines.join('\n')}\n\n${rest.slice(rest.indexOf(end))}`
}
