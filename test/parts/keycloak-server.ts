import { randomUUID } from 'node:crypto'
import { mkdir, mkdtemp, rename, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openChild, runToEnd } from './child.ts'
import { eventually } from './eventually.ts'
import type { KeycloakVersion } from './keycloak-versions.ts'
import { keycloakFolder } from './keycloak-versions.ts'
import { fetchedPart, javaOrFail, unpackArtifact } from './maven.ts'
import { againWhilePortTaken, freePorts } from './ports.ts'

const BUILD_TIMEOUT_MS = 180_000
const START_TIMEOUT_MS = 180_000

export interface TestKeycloak extends AsyncDisposable {
  /** `http://host:port` without a slash at the end. */
  readonly baseUrl: string
  /** Of the realm `master`. */
  readonly admin: { readonly username: string; readonly password: string }
  readonly stop: () => Promise<void>
}

/**
 * Starts that version of Keycloak on a free port of 127.0.0.1 with an empty database in memory, and waits
 * until it answers. Owns the process; `stop` ends it and forgets everything in it.
 */
export const openKeycloak = async (version: KeycloakVersion): Promise<TestKeycloak> => {
  const java = javaOrFail()
  const distribution = await keycloakFiles(version)
  return againWhilePortTaken(async () => {
    const home = await mkdtemp(join(tmpdir(), 'curfew-keycloak-'))
    try {
      // The program is shared and read-only; what a server writes (`data`) goes to a home of its own.
      for (const folder of ['lib', 'conf', 'providers', 'themes'])
        await symlink(join(distribution, folder), join(home, folder))
      return await openServer({ java, home })
    } catch (error) {
      await rm(home, { recursive: true, force: true })
      throw error
    }
  })
}

/** The folder with the files of that version, fetched from Maven Central once. */
export const keycloakFiles = (version: KeycloakVersion): Promise<string> =>
  fetchedPart({
    name: keycloakFolder(version),
    fill: (into) => fetchDistribution({ version, java: javaOrFail(), into }),
  })

const openServer = async ({
  java,
  home,
}: {
  readonly java: string
  readonly home: string
}): Promise<TestKeycloak> => {
  const [port = 0] = await freePorts(1)
  const baseUrl = `http://127.0.0.1:${port}`
  const admin = { username: 'test-admin', password: randomUUID() }
  const server = await openChild({
    command: java,
    args: [
      // The quick compiler alone halves the start; the server does not live long enough for more.
      '-XX:TieredStopAtLevel=1',
      '-XX:+UseSerialGC',
      ...programArgs(home),
      'start',
      '--optimized',
      '--http-enabled=true',
      '--http-host=127.0.0.1',
      `--http-port=${port}`,
      '--hostname-strict=false',
      '--cache=local',
    ],
    env: {
      KC_BOOTSTRAP_ADMIN_USERNAME: admin.username,
      KC_BOOTSTRAP_ADMIN_PASSWORD: admin.password,
    },
    scratch: home,
  })
  const stop = async (): Promise<void> => {
    await server.kill()
    await rm(home, { recursive: true, force: true })
  }
  try {
    await eventually({
      what: `Keycloak at ${baseUrl}`,
      timeoutMs: START_TIMEOUT_MS,
      everyMs: 100,
      probe: async () => {
        const answer = await fetch(`${baseUrl}/realms/master`, {
          signal: AbortSignal.timeout(10_000),
        })
        return answer.ok ? true : undefined
      },
      abandon: server.ended,
      evidence: () => `. Its last lines:\n${server.lastLines(40)}`,
    })
  } catch (error) {
    await stop()
    throw error
  }
  return { baseUrl, admin, stop, [Symbol.asyncDispose]: stop }
}

/** Unpacks the distribution and builds it for a database in memory, which every later start saves. */
const fetchDistribution = async ({
  version,
  java,
  into,
}: {
  readonly version: KeycloakVersion
  readonly java: string
  readonly into: string
}): Promise<void> => {
  const archive = join(into, 'archive')
  await mkdir(archive)
  await unpackArtifact({
    artifact: `org.keycloak:keycloak-quarkus-dist:${version}:zip`,
    into: archive,
  })
  const unpacked = join(archive, `keycloak-${version}`)
  for (const folder of ['lib', 'conf', 'providers', 'themes'])
    await rename(join(unpacked, folder), join(into, folder))
  await rm(archive, { recursive: true })
  await runToEnd({
    what: 'Building Keycloak',
    command: java,
    args: [...programArgs(into), 'build', '--db=dev-mem'],
    timeoutMs: BUILD_TIMEOUT_MS,
  })
}

/** What `bin/kc.sh` would pass; without that shell in between, the process id is the server's own. */
const programArgs = (home: string): readonly string[] => [
  '-Xms64m',
  '-Xmx512m',
  '-XX:MaxMetaspaceSize=256m',
  '-XX:+ExitOnOutOfMemoryError',
  '--add-opens=java.base/java.util=ALL-UNNAMED',
  '--add-opens=java.base/java.util.concurrent=ALL-UNNAMED',
  '--add-opens=java.base/java.security=ALL-UNNAMED',
  '-Djava.util.concurrent.ForkJoinPool.common.threadFactory=io.quarkus.bootstrap.forkjoin.QuarkusForkJoinWorkerThreadFactory',
  '-Djava.util.logging.manager=org.jboss.logmanager.LogManager',
  '-Dpicocli.disable.closures=true',
  `-Dkc.home.dir=${home}`,
  `-Djboss.server.config.dir=${join(home, 'conf')}`,
  '-cp',
  join(home, 'lib', 'quarkus-run.jar'),
  'io.quarkus.bootstrap.runner.QuarkusEntryPoint',
]
