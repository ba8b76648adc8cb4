/** A document as the checks see it. */
export interface Doc {
  readonly path: string
  readonly text: string
}

const fence = /^```(\w*)\n([\s\S]*?)^```$/gm

/** What is in the fenced blocks of a language. */
export function blocksOf({ text }: Doc, language: string): readonly string[] {
  return [...text.matchAll(fence)]
    .filter(([, name]) => name === language)
    .map(([, , body = '']) => body)
}

/** What is written as code within the sentences, each on one line. */
export function spansOf({ text }: Doc): readonly string[] {
  return [...text.replaceAll(fence, '').matchAll(/`([^`]+)`/g)].map(([, span = '']) =>
    span.replaceAll(/\s+/g, ' ').trim(),
  )
}

/** Where the links and pictures lead. */
export function linksOf({ text }: Doc): readonly string[] {
  return [...text.replaceAll(fence, '').matchAll(/\]\(([^)\s]+)\)/g)].map(([, to = '']) => to)
}

/** The names under which headings can be linked to. */
export function anchorsOf({ text }: Doc): readonly string[] {
  return [...text.replaceAll(fence, '').matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  )
}

/** The cells of the first table under a heading, without its head. */
export function tableUnder(doc: Doc, heading: string): readonly (readonly string[])[] {
  const section = doc.text.split(/^## /m).find((part) => part.startsWith(`${heading}\n`)) ?? ''
  const rows = section.split('\n').filter((line) => line.startsWith('|'))
  return rows.slice(2).map((row) =>
    row
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  )
}

/** What is written as code within a cell. */
export function codesIn(cell = ''): readonly string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code)
}
