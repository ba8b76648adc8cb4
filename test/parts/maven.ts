import { execFileSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { accessSync, constants, existsSync } from 'node:fs'
import { mkdir, readdir, rename, rm } from 'node:fs/promises'
import { delimiter, join, resolve } from 'node:path'
import { runToEnd } from './child.ts'
import { withLock } from './lock.ts'

const JAVA_MAJOR_MIN = 17
const FETCH_TIMEOUT_MS = 900_000
const DEPENDENCY_PLUGIN = 'org.apache.maven.plugins:maven-dependency-plugin:3.6.1'

/** Where fetched parts live between runs. Safe to delete at any time when no test runs. */
export const partsDirectory = (): string =>
  process.env.CURFEW_TEST_PARTS_DIR ||
  resolve(import.meta.dirname, '../../node_modules/.cache/curfew-parts')

/** The path of a Java of at least version 17, from JAVA_HOME or PATH, or `undefined`. */
export const findJava = (): string | undefined =>
  [...inHome(process.env.JAVA_HOME, 'java'), ...onPath('java')].find(
    (path) => isExecutable(path) && javaMajor(path) >= JAVA_MAJOR_MIN,
  )

/** The path of Maven, from MAVEN_HOME or PATH, or `undefined`. */
export const findMaven = (): string | undefined =>
  [...inHome(process.env.MAVEN_HOME, 'mvn'), ...onPath('mvn')].find(isExecutable)

/** Whether the part was fetched by an earlier run, so that Maven is not needed. */
export const isFetched = (name: string): boolean => existsSync(join(partsDirectory(), name))

/**
 * The folder of the part `name`, filled by `fill` if no earlier run has done so. Any number of
 * processes may ask at once: one fetches, the others wait for it.
 *
 * The part is built in a folder of its own and renamed when complete, so a folder of that name is
 * always whole. A killed fetch leaves a partial folder, which the next one deletes; what Maven had
 * already brought stays in Maven's own repository, so nothing is downloaded twice.
 */
export const fetchedPart = async ({
  name,
  fill,
}: {
  readonly name: string
  readonly fill: (into: string) => Promise<void>
}): Promise<string> => {
  const home = join(partsDirectory(), name)
  if (existsSync(home)) return home
  await mkdir(partsDirectory(), { recursive: true })
  await withLock({
    path: join(partsDirectory(), `${name}.lock`),
    timeoutMs: FETCH_TIMEOUT_MS,
    work: async () => {
      if (existsSync(home)) return
      await deletePartial(name)
      const partial = join(partsDirectory(), `${name}.partial-${randomUUID()}`)
      await mkdir(partial)
      await fill(partial)
      await rename(partial, home)
    },
  })
  return home
}

const deletePartial = async (name: string): Promise<void> => {
  const left = await readdir(partsDirectory())
  for (const entry of left.filter((each) => each.startsWith(`${name}.partial-`)))
    await rm(join(partsDirectory(), entry), { recursive: true, force: true })
}

/** Copies the jars of the project `pom` (a path) and of all it depends on into the folder `into`. */
export const copyJars = async ({
  pom,
  into,
}: {
  readonly pom: string
  readonly into: string
}): Promise<void> =>
  runMaven('Fetching jars', into, [
    '-f',
    pom,
    `${DEPENDENCY_PLUGIN}:copy-dependencies`,
    '-DincludeScope=runtime',
    `-DoutputDirectory=${into}`,
  ])

/** Unpacks the archive `artifact` (group:id:version:type), or only what fits `includes`, into the folder `into`. */
export const unpackArtifact = async ({
  artifact,
  into,
  includes = '**',
}: {
  readonly artifact: string
  readonly into: string
  readonly includes?: string
}): Promise<void> =>
  runMaven(`Fetching ${artifact}`, into, [
    `${DEPENDENCY_PLUGIN}:unpack`,
    `-Dartifact=${artifact}`,
    `-DoutputDirectory=${into}`,
    `-Dmdep.unpack.includes=${includes}`,
  ])

/** The path of Java; fails when there is none, which `lacks` in needs.ts finds out beforehand. */
export const javaOrFail = (): string => {
  const java = findJava()
  if (java === undefined) throw new Error(`No Java ${JAVA_MAJOR_MIN} or later: set JAVA_HOME`)
  return java
}

const runMaven = async (
  what: string,
  // Maven leaves markers of its own where it runs, which must not be the project's folder.
  workingDirectory: string,
  args: readonly string[],
): Promise<void> => {
  const maven = findMaven()
  if (maven === undefined) throw new Error(`${what}: no mvn on PATH and no MAVEN_HOME`)
  await runToEnd({
    what,
    command: maven,
    args: ['--batch-mode', '--quiet', ...args],
    env: { MAVEN_OPTS: '-Xmx256m' },
    workingDirectory,
    timeoutMs: FETCH_TIMEOUT_MS,
  })
}

/** An empty variable means none: joined, it would name a file of the working directory. */
const inHome = (home: string | undefined, name: string): readonly string[] =>
  home === undefined || home === '' ? [] : [join(home, 'bin', name)]

const onPath = (name: string): readonly string[] =>
  (process.env.PATH ?? '')
    .split(delimiter)
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, name))

const isExecutable = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** Some systems have a `java` that only says where to buy one: ask it, do not trust the name. */
const javaMajor = (java: string): number => {
  try {
    const told = execFileSync(java, ['-Xmx32m', '--version'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      timeout: 20_000,
    })
    return Number(/^\S+ (\d+)/.exec(told)?.[1] ?? 0)
  } catch {
    return 0
  }
}
