import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'

/** A file as the rules see it: its path from the root of the project, and what is in it. */
export interface ProjectFile {
  readonly path: string
  readonly text: string
}

/**
 * Every text file of the project that is, or could be, in version control. Walks the folder instead
 * of asking git, so that it sees what is about to be committed and works in an unpacked archive.
 */
export function readProject(root: string): readonly ProjectFile[] {
  const ignored = new Set(['.git', ...ignoredNames(readFileSync(join(root, '.gitignore'), 'utf8'))])
  const isIgnored = (name: string) => ignored.has(name) || name.endsWith('.log')
  const walk = (folder: string): readonly string[] =>
    readdirSync(join(root, folder), { withFileTypes: true })
      .filter(({ name }) => !isIgnored(name))
      .flatMap((entry) => {
        const path = folder === '' ? entry.name : `${folder}/${entry.name}`
        return entry.isDirectory() ? walk(path) : [path]
      })
  return walk('').flatMap((path) => {
    const text = readFileSync(join(root, path), 'utf8')
    return text.includes('\u0000') ? [] : [{ path, text }]
  })
}

/** The plain names in a list of what git ignores; its one pattern is known to `readProject`. */
function ignoredNames(list: string): readonly string[] {
  const lines = list.split('\n').filter((line) => line !== '' && line !== '*.log')
  return lines.map((line) => basename(line))
}

/** The code that the structural rules are about; tests look everywhere and are looked at apart. */
export function codeOf(files: readonly ProjectFile[]): readonly ProjectFile[] {
  return files.filter(({ path }) => /^(src|dashboards|bench)\/.*\.ts$/.test(path))
}

/** Code and its tests. */
export function typeScriptOf(files: readonly ProjectFile[]): readonly ProjectFile[] {
  return files.filter(({ path }) => /^(src|dashboards|bench|test)\/.*\.ts$/.test(path))
}

/** The text without the lines that are nothing but comment, in its old line numbers. */
export function withoutComments(text: string): string {
  return text.replaceAll(/^[ \t]*(\/\/|\/\*|\*).*$/gm, '')
}
