import { existsSync, globSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Doc } from './markdown.ts'
import { anchorsOf, blocksOf, linksOf, spansOf } from './markdown.ts'

/** What there is, for documents to speak of. */
export interface World {
  readonly docs: readonly Doc[]
  /** Names that version control leaves out: they come into being when something runs. */
  readonly ignored: readonly string[]
  readonly scripts: readonly string[]
  /** Each command with its long options. */
  readonly commands: { readonly [name: string]: readonly string[] }
  readonly reports: readonly string[]
  readonly variables: ReadonlySet<string>
  /** The settings of the linter and the compiler. */
  readonly checks: string
}

/** Everything that a document names and that there is not. */
export function problemsIn(doc: Doc, world: World): readonly string[] {
  const commands = [
    ...blocksOf(doc, 'sh').flatMap((block) => block.split('\n').flatMap(commandsIn)),
    ...spansOf(doc).filter((span) => /^(npm|npx|(\.\/)?curfew) /.test(span)),
  ]
  return [
    ...linksOf(doc).flatMap((link) => linkProblem(doc, link, world)),
    ...spansOf(doc).flatMap((span) => pathProblem(doc, span, world)),
    ...spansOf(doc).flatMap((span) => ruleProblem(span, world)),
    ...commands.flatMap((command) => commandProblem(command, world)),
    ...variableProblems(doc, world),
  ].map((problem) => `${doc.path}: ${problem}`)
}

function linkProblem({ path }: Doc, link: string, { docs }: World): readonly string[] {
  if (/^https?:/.test(link)) return []
  const [file = '', anchor] = link.split('#')
  const target = file === '' ? path : join(dirname(path), file)
  if (!existsSync(target)) return [`${link} leads nowhere`]
  if (anchor === undefined) return []
  const linked = docs.find((doc) => doc.path === target)
  return linked && anchorsOf(linked).includes(anchor) ? [] : [`${link} is no heading of ${target}`]
}

const extension = '(ts|sql|md|ya?ml|json|svg)'
const shapes = new RegExp(`\\w/|\\w\\.${extension}$|^\\.[a-z]`)
/** Only what a name ends with, such as `.int.test.ts`. */
const ending = new RegExp(`^(\\.[a-z]+)*\\.${extension}$`)

const isPath = (span: string) =>
  /^[A-Za-z.<*][\w./<>*-]*$/.test(span) && shapes.test(span) && !ending.test(span)

function pathProblem({ path }: Doc, span: string, { ignored }: World): readonly string[] {
  if (!isPath(span) || ignored.some((name) => span.startsWith(name))) return []
  // A place for any name stands for all the files there are; there must be one.
  const pattern = span.replaceAll(/<\w+>|NNNN/g, '*')
  const places = [pattern, join(dirname(path), pattern)]
  return places.some((place) => globSync(place).length > 0) ? [] : [`there is no ${span}`]
}

function ruleProblem(span: string, { checks }: World): readonly string[] {
  if (!/^(no|use)[A-Z]\w+$/.test(span)) return []
  return checks.includes(`"${span}"`) ? [] : [`no check is called ${span}`]
}

/** The commands of one line, without comments and variables set before them. */
function commandsIn(line: string): readonly string[] {
  return line
    .replace(/(^|\s)#.*$/, '')
    .split(/&&|\||;/)
    .map((part) => part.trim().replace(/^(\w+=\S*\s+)+/, ''))
    .filter((part) => part !== '')
}

const otherPrograms: ReadonlySet<string> = new Set(['export', 'touch', 'curl', 'git', 'docker'])

function commandProblem(command: string, world: World): readonly string[] {
  const [program = '', ...args] = command.split(/\s+/)
  const wrong = [`${command} cannot be typed`]
  if (program === 'npm') {
    const script = args[0] === 'run' ? args[1] : args[0]
    return args[0] === 'ci' || world.scripts.includes(script ?? '') ? [] : wrong
  }
  if (program === 'npx') {
    return args.flatMap((arg) => (isPath(arg) && !existsSync(arg) ? [`there is no ${arg}`] : []))
  }
  if (program !== 'curfew' && program !== './curfew') {
    return otherPrograms.has(program) ? [] : wrong
  }
  const [name = '', ...rest] = args
  if (name === '--help') return []
  const options = world.commands[name]
  if (options === undefined) return wrong
  const unknown = rest.filter((arg) => arg.startsWith('--') && !options.includes(arg))
  const report = name === 'report' ? rest.find((arg) => !arg.startsWith('-')) : undefined
  return [
    ...unknown.map((option) => `curfew ${name} has no option ${option}`),
    ...(report === undefined || world.reports.includes(report) ? [] : [`no report ${report}`]),
  ]
}

function variableProblems({ text }: Doc, { variables }: World): readonly string[] {
  const named = new Set(text.match(/\bCURFEW_[A-Z0-9_]+\b/g))
  return [...named]
    .filter((name) => !variables.has(name))
    .map((name) => `${name} is read by nobody`)
}
