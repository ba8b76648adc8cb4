import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { chmod, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { kcadmLines } from '../../src/connectors/keycloak/setup.ts'
import type { TestRealm } from './keycloak-realm.ts'
import type { TestKeycloak } from './keycloak-server.ts'
import { KCADM_FOLDER } from './keycloak-versions.ts'
import { fetchedPart, javaOrFail, unpackArtifact } from './maven.ts'

/** The folder of `kcadm.sh` as it comes with Keycloak. */
const fetchKcadm = (): Promise<string> =>
  fetchedPart({
    name: KCADM_FOLDER,
    fill: async (into) => {
      const version = KCADM_FOLDER.slice('kcadm-'.length)
      const artifact = `org.keycloak:keycloak-quarkus-dist:${version}:zip`
      await unpackArtifact({ artifact, into, includes: '**/bin/**' })
      await rename(join(into, `keycloak-${version}`, 'bin'), join(into, 'bin'))
      await rm(join(into, `keycloak-${version}`), { recursive: true })
      await chmod(join(into, 'bin/kcadm.sh'), 0o755)
    },
  })

/** Runs lines as somebody would type them, with `kcadm.sh` on the path; fails with what they said. */
async function type(
  lines: readonly string[],
  { admin }: Pick<TestKeycloak, 'admin'>,
): Promise<void> {
  const folder = await fetchKcadm()
  // It keeps its sign-in beneath the home of its user.
  const home = await mkdtemp(join(tmpdir(), 'kcadm-'))
  const child = spawn('sh', ['-e', '-c', lines.join('\n')], {
    env: {
      PATH: `${join(folder, 'bin')}:${process.env.PATH ?? ''}`,
      JAVA_HOME: dirname(dirname(javaOrFail())),
      KC_OPTS: `-Duser.home=${home} -XX:TieredStopAtLevel=1 -XX:+UseSerialGC`,
      HOME: home,
      KC_CLI_PASSWORD: admin.password,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      said += chunk
    })
  }
  const code = await new Promise<number | null>((done, fail) => {
    child.once('error', fail)
    child.once('close', done)
  })
  await rm(home, { recursive: true, force: true })
  if (code !== 0) throw new Error(`kcadm.sh ended with ${code}:\n${said}`)
}

/**
 * Sets a realm up by the lines that `curfew init` prints, with names that a shell must be kept from
 * reading. What they made, as the provider's settings name it, and its UUID.
 */
export async function setUpByInit(
  { baseUrl, name: realm }: Pick<TestRealm, 'baseUrl' | 'name'>,
  keycloak: Pick<TestKeycloak, 'admin'>,
) {
  const folder = await mkdtemp(join(tmpdir(), "curfew init's "))
  const [secret, clientUuid] = [randomUUID(), randomUUID()]
  const secretPath = join(folder, 'keycloak-secret.txt')
  const plan = { address: baseUrl, realm, clientId: 'Curfew-init', clientUuid, secretPath }
  try {
    await writeFile(secretPath, secret)
    await type(kcadmLines(plan, keycloak.admin.username), keycloak)
  } finally {
    await rm(folder, { recursive: true })
  }
  return { client_id: plan.clientId, client_secret: secret, clientUuid }
}
