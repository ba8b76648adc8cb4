import { join } from 'node:path'
import { runToEnd } from './child.ts'
import { fetchedPart } from './maven.ts'
import { givenFor, SCHEMATHESIS_FOLDER, SCHEMATHESIS_VERSION } from './needs.ts'

const fetchMs = 600_000

/**
 * The command that runs schemathesis, with its first arguments: the one that CURFEW_TEST_SCHEMATHESIS
 * names, or our own, which is installed from PyPI once, into a folder that Python uses by itself.
 */
export async function schemathesis(): Promise<readonly [string, ...string[]]> {
  const given = givenFor('schemathesis')
  if (given !== undefined) return [given]
  const home = await fetchedPart({ name: SCHEMATHESIS_FOLDER, fill: install })
  // Its own script names the folder in which it was installed, which has moved.
  return [join(home, 'bin/python'), join(home, 'bin/schemathesis')]
}

async function install(into: string): Promise<void> {
  const run = (command: string, ...args: readonly string[]) =>
    runToEnd({ what: 'Installing schemathesis', command, args, timeoutMs: fetchMs })
  await run('python3', '-m', 'venv', into)
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check']
  await run(join(into, 'bin/python'), ...pip, `schemathesis==${SCHEMATHESIS_VERSION}`)
}
