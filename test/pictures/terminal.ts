import { escapeXml, round } from './svg.ts'

/** Text that a program printed, and the picture's title for readers who cannot see it. */
export interface Printed {
  readonly title: string
  /** The command line, without its prompt. */
  readonly command: string
  readonly output: string
}

const fontSize = 14
const charWidth = 8.4
const lineHeight = 19
const padding = 18
const space = '\u00a0'

const green = '#7ee787'
const amber = '#e3b341'
const red = '#ff7b72'
const colours: { readonly [word: string]: string } = {
  ...{ kept: green, contained: green, contained_in_time: green, E2: green, E3: green, E4: green },
  ...{ enforce: amber, open: amber, unproven: amber },
  ...{ broken: red, still_alive: red },
}
const coloured = new RegExp(`\\b(${Object.keys(colours).join('|')})\\b`)

/** Draws a terminal: the command behind a prompt, then its output, one line of text each. */
export function drawTerminal({ title, command, output }: Printed): string {
  const lines = [`$ ${command}`, ...output.replace(/\n+$/, '').split('\n')]
  const columns = Math.max(...lines.map((line) => [...line].length))
  const width = Math.ceil(columns * charWidth + 2 * padding)
  const height = lines.length * lineHeight + 2 * padding
  const drawn = lines.map((line, at) =>
    drawLine(line, padding + (at + 0.75) * lineHeight, at === 0),
  )
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escapeXml(title)}">`,
    `<rect width="${width}" height="${height}" rx="8" fill="#0d1117"/>`,
    `<g font-family="ui-monospace, 'SF Mono', Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="${fontSize}" fill="#e6edf3">`,
    ...drawn.filter((line) => line !== ''),
    '</g>',
    '</svg>',
    '',
  ].join('\n')
}

/**
 * Words that belong together stand where their column begins, with their length set: fonts differ, and
 * columns must stay under one another.
 */
function drawLine(line: string, y: number, isCommand: boolean): string {
  const pieces = isCommand ? [{ text: line, at: 0 }] : piecesOf(line)
  return pieces
    .map(({ text, at }) => {
      const size = [...text].length
      const fill = isCommand ? '#79c0ff' : colours[text]
      const place = `x="${round(padding + at * charWidth)}" y="${round(y)}" textLength="${round(size * charWidth)}"`
      const colour = fill === undefined ? '' : ` fill="${fill}"`
      return `<text ${place} lengthAdjust="spacingAndGlyphs"${colour}>${hard(text)}</text>`
    })
    .join('')
}

interface Piece {
  readonly text: string
  /** Column of its first character. */
  readonly at: number
}

/** What stands between two blanks or more; a word with a colour is a piece of its own. */
function piecesOf(line: string): readonly Piece[] {
  return [...line.matchAll(/\S+(?: \S+)*/g)].flatMap(({ 0: run, index }) => {
    let at = [...line.slice(0, index)].length
    return run.split(coloured).flatMap((part) => {
      const begin = at + (part.length - part.trimStart().length)
      at += [...part].length
      const text = part.trim()
      return text === '' ? [] : [{ text, at: begin }]
    })
  })
}

/** Readers of SVG fold plain blanks. */
const hard = (text: string): string => escapeXml(text).replaceAll(' ', space)

/** The lines of text of such a picture, as they were printed but for how many blanks stand between words. */
export function linesIn(picture: string): readonly string[] {
  return picture
    .split('\n')
    .filter((line) => line.startsWith('<text'))
    .map((line) =>
      line
        .replaceAll('</text>', ' ')
        .replaceAll(/<[^>]*>/g, '')
        .replaceAll(space, ' ')
        .replaceAll('&lt;', '<')
        .replaceAll('&gt;', '>')
        .replaceAll('&quot;', '"')
        .replaceAll('&amp;', '&')
        .replaceAll(/ +/g, ' ')
        .trim(),
    )
}
