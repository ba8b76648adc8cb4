/** Characters that a terminal or editor acts on: C0, DEL, C1, bidirectional and zero-width ones. */
const active =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: naming them is the point
  /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g

/** Text from outside without anything that could move a cursor, colour a line or turn it around. */
export function inert(text: string): string {
  return text.replace(active, (found) => (/[\t\n\r]/.test(found) ? ' ' : ''))
}

/** Spreadsheets run a cell that begins so, also behind blanks; full-width signs count as well. */
const formula = /^(?:[\t\r]|[\s\u00a0\ufeff]*[=+\-@\t\r\uff1d\uff0b\uff0d\uff20])/

/** Text that a spreadsheet shows and does not run: a quote in front of whatever could be a formula. */
export function formulaSafe(text: string): string {
  return formula.test(text) ? `'${text}` : text
}
