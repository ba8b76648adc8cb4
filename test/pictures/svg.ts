/** Text as an element or attribute of XML holds it. */
export function escapeXml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
}

/** A number with at most one decimal, so that a picture stays small and its differences readable. */
export const round = (n: number): number => Math.round(n * 10) / 10

interface Words {
  readonly x: number
  readonly y: number
  readonly text: string
  readonly size?: number
  readonly fill?: string
  readonly anchor?: 'start' | 'middle' | 'end'
}

/** One line of text; `x` is its start unless an anchor says otherwise. */
export function textAt({ x, y, text, size = 12, fill = '#ccccdc', anchor = 'start' }: Words) {
  return `<text x="${round(x)}" y="${round(y)}" font-size="${size}" fill="${fill}" text-anchor="${anchor}">${escapeXml(text)}</text>`
}

interface Box {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
  readonly fill: string
}

export function boxAt({ x, y, width, height, fill }: Box): string {
  return `<rect x="${round(x)}" y="${round(y)}" width="${round(width)}" height="${round(height)}" fill="${fill}"/>`
}
