/**
 * What of a text from outside may leave: letters, marks, digits, punctuation, symbols and blanks, less
 * what Unicode shows by nothing at all (Default_Ignorable_Code_Point). What is left out can move a
 * cursor, colour a line, turn text around, end a row or hide in a word: controls, line and paragraph
 * separators, bidirectional and zero-width characters, half characters, private and unassigned ones.
 */
const outside = /[^\p{L}\p{M}\p{N}\p{P}\p{S}\p{Zs}]|\p{Default_Ignorable_Code_Point}/gu
const breaks = /[\t\n\v\f\r\u0085\u2028\u2029]/

/** Text of one line without active characters: breaks become blanks, other ones are removed. */
export function inert(text: string): string {
  return text.replace(outside, (found) => (breaks.test(found) ? ' ' : ''))
}

/** As `inert`, line by line, for messages of several lines. */
export function inertLines(text: string): string {
  return text.split('\n').map(inert).join('\n')
}

/**
 * A JSON document with the same parsed value whose text is safe to print:
 * active characters within strings are escaped (RFC 8259 section 7). The line feeds of its layout stay.
 */
export function inertJson(document: string): string {
  return document.replace(outside, (found) => (found === '\n' ? found : escaped(found)))
}

/** The escapes of RFC 8259 section 7, one for each half of a character. */
export function escaped(text: string): string {
  return text
    .split('')
    .map((half) => `\\u${half.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .join('')
}

/**
 * Where a spreadsheet would begin to read a formula: at the start, or behind whatever a reader of
 * another country may take for the end of a cell; blanks and quotes may stand between. Some end cells at
 * blanks, too: behind one a sign counts unless it stands alone, as a dash does. Full-width signs count as well.
 */
const formula =
  /(?<=(?:^|[,;|])[\p{Zs}"]*)[=+\-@\uff1d\uff0b\uff0d\uff20]|(?<=\p{Zs}"*)[=+\-@\uff1d\uff0b\uff0d\uff20](?!\p{Zs})/gu

/** Text of a cell that no reader of CSV takes for a formula or another row: a quote precedes the sign. */
export function inertCell(text: string): string {
  return inert(text).replace(formula, "'$&")
}
