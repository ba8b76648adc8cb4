import { mkdir, open, readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { Type } from 'typebox'
import { Value } from 'typebox/value'
import { CurfewError, reasonOf } from '../../contract/errors.ts'

/** How far a source has been recorded, kept where a crash cannot reach it. */
export interface Checkpoint {
  /** The next offset to hand over; null when nothing of the source was ever begun. */
  readonly read: (source: string) => Promise<number | null>
  /** Resolves once the position would survive a power cut. */
  readonly write: (source: string, nextOffset: number) => Promise<void>
}

const Kept = Type.Object({ source: Type.String(), nextOffset: Type.Integer({ minimum: 0 }) })

/**
 * Keeps each position in a small file of the folder, which it makes if need be. A write goes to
 * another name first and is renamed into place, so that a crash leaves the old position or the
 * new one and never half of one.
 *
 * @throws CurfewError SOURCE_UNREADABLE when a file does not hold a position.
 */
export function makeCheckpoint(folder: string): Checkpoint {
  const pathOf = (source: string): string => join(folder, `${nameOf(source)}.json`)
  return {
    async read(source) {
      const path = pathOf(source)
      const text = await readFile(path, 'utf8').catch((error: unknown) => {
        if (isMissing(error)) return null
        throw unreadable(path, reasonOf(error), error)
      })
      return text === null ? null : positionIn(text, path, source)
    },
    async write(source, nextOffset) {
      await mkdir(folder, { recursive: true })
      const path = pathOf(source)
      await writeDurably(`${path}.new`, JSON.stringify({ source, nextOffset }))
      await rename(`${path}.new`, path)
      // The rename is an entry of the folder, which is flushed apart from the file's content.
      const entry = await open(folder, 'r')
      await entry.sync().finally(() => entry.close())
    },
  }
}

async function writeDurably(path: string, text: string): Promise<void> {
  const file = await open(path, 'w')
  try {
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
}

function positionIn(text: string, path: string, source: string): number {
  let kept: unknown
  try {
    kept = JSON.parse(text)
  } catch (error) {
    throw unreadable(path, 'it is not JSON', error)
  }
  if (!Value.Check(Kept, kept) || kept.source !== source) {
    throw unreadable(path, `it does not hold a position of ${source}`)
  }
  return kept.nextOffset
}

function unreadable(path: string, found: string, cause?: unknown): CurfewError {
  return new CurfewError(
    'SOURCE_UNREADABLE',
    `Expected ${path} to hold how far a source was read; ${found}. ` +
      'Delete the file to read that source again from its start; what is already stored is recognised.',
    { cause },
  )
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}

/** Source names hold colons and topic names; a file name holds neither surprises nor folders. */
function nameOf(source: string): string {
  return source.replace(/[^A-Za-z0-9]/g, (char) => `-${char.codePointAt(0)?.toString(16)}-`)
}
