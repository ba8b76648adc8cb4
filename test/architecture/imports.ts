import { posix } from 'node:path'
import type { ProjectFile } from './project.ts'
import { withoutComments } from './project.ts'

/** One import, re-export, `import()` or `require()`; imports of types count like all others. */
export interface Import {
  readonly from: string
  /** Path from the root for a file of ours, `node:…`, or the name of a package. */
  readonly to: string
  readonly kind: 'file' | 'node' | 'package'
  readonly isTypeOnly: boolean
}

const statement = /^(?:import|export)\s+(type\s)?[\w\s{},*$]*?\bfrom\s+'([^']+)'/gm
const bare = /^import\s+'([^']+)'/gm
const call = /\b(?:import|require|require\.resolve|import\.meta\.resolve)\(\s*'([^']+)'/g

/** Every import of the files, in order of the files. */
export function importsOf(files: readonly ProjectFile[]): readonly Import[] {
  return files.flatMap(({ path, text }) => {
    const code = withoutComments(text)
    return [
      ...[...code.matchAll(statement)].map(([, type, to = '']) =>
        found(path, to, type !== undefined),
      ),
      ...[...code.matchAll(bare)].map(([, to = '']) => found(path, to, false)),
      ...[...code.matchAll(call)].map(([, to = '']) => found(path, to, false)),
    ]
  })
}

function found(from: string, to: string, isTypeOnly: boolean): Import {
  if (to.startsWith('.')) {
    return { from, to: posix.join(posix.dirname(from), to), kind: 'file', isTypeOnly }
  }
  if (to.startsWith('node:')) return { from, to, kind: 'node', isTypeOnly }
  const [scope = '', name = ''] = to.split('/')
  return {
    from,
    to: scope.startsWith('@') ? `${scope}/${name}` : scope,
    kind: 'package',
    isTypeOnly,
  }
}

/** Whether a path is, or lies in, one of the places; a place that ends with a slash is a folder. */
export function isIn(path: string, places: readonly string[]): boolean {
  return places.some((place) => path === place || (place.endsWith('/') && path.startsWith(place)))
}
