import { readFileSync } from 'node:fs'
import { LineCounter, parseDocument } from 'yaml'
import { codeOf } from '../contract/errors.ts'

/** The content of a YAML file, or every reason why it cannot be read. */
export type Read =
  | { readonly value: unknown; readonly problems?: never }
  | { readonly problems: readonly string[]; readonly value?: never }

/** Reads a YAML file. Problems name lines and never quote them, since a line may hold a secret. */
export function readYaml(path: string): Read {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    return { problems: [`it cannot be read: ${codeOf(error)}`] }
  }
  const lineCounter = new LineCounter()
  const document = parseDocument(text, { prettyErrors: false, lineCounter })
  if (document.errors.length === 0) {
    try {
      return { value: document.toJS() }
    } catch {
      return { problems: ['not YAML: its aliases refer to too much'] }
    }
  }
  return {
    problems: document.errors.map(({ code, pos: [at] }) => {
      const { line, col } = lineCounter.linePos(at)
      return `line ${line}, column ${col}: not YAML (${code.toLowerCase().replaceAll('_', ' ')})`
    }),
  }
}
