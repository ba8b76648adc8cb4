import type { Setup, SetupPlan } from '../connector.ts'
import { typesByWhatTheyTell } from './saved-events.ts'

/**
 * The lines for `kcadm.sh`, which comes with Keycloak: they make the client with its secret, give it its
 * roles, and let the realm save what Curfew reads. Every value is quoted where a shell needs it; pure.
 *
 * @param admin who signs in at the realm `master`; `kcadm.sh` asks for the password.
 */
export function kcadmLines(plan: SetupPlan, admin = 'admin'): readonly string[] {
  const { address, realm, clientId, clientUuid, secretPath } = plan
  const types = [...new Set(typesByWhatTheyTell.flatMap(([, names]) => names))]
  return [
    `kcadm.sh config credentials --server ${word(address)} --realm master --user ${word(admin)}`,
    `kcadm.sh create clients -r ${word(realm)} -s id=${clientUuid} -s ${word(`clientId=${clientId}`)} ` +
      '-s enabled=true -s publicClient=false -s standardFlowEnabled=false -s directAccessGrantsEnabled=false ' +
      `-s serviceAccountsEnabled=true -s secret="$(cat ${word(secretPath)})"`,
    `kcadm.sh add-roles -r ${word(realm)} --uusername ${word(`service-account-${clientId.toLowerCase()}`)} ` +
      '--cclientid realm-management --rolename manage-users --rolename view-events',
    `kcadm.sh update ${word(`realms/${realm}`)} -s eventsEnabled=true -s adminEventsEnabled=true ` +
      `-s adminEventsDetailsEnabled=true -s ${word(`enabledEventTypes=${JSON.stringify(types)}`)}`,
  ]
}

/** A word of a shell; in quotes where it has more in it than letters do. */
function word(text: string): string {
  return /^[\w./:=-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`
}

/** JSON is YAML; so no name can be taken for a number or a word of YAML. */
const quoted = (text: string): string => JSON.stringify(text)

export const setup: Setup = {
  asks: ['address', 'realm'],
  secretFile: 'keycloak-secret.txt',
  connection: (plan) => `    settings:
      base_url: ${quoted(plan.address)}
      realm: ${quoted(plan.realm)}
      client_id: ${quoted(plan.clientId)}
      client_uuid: ${plan.clientUuid}
      client_secret: { file: ${quoted(plan.secretPath)} }
    # Reads the user events and admin events that the realm saves.
    feed: { every_ms: 2000 }
`,
  steps: (
    plan,
  ) => `Let the realm know Curfew. These lines make a client for it, which may list and end sessions and read
events, and nothing else. The last one replaces the list of event types that the realm saves; add
your own to it. kcadm.sh is in Keycloak's bin folder, and asks for the password of the user admin:

${kcadmLines(plan)
  .map((line) => `  ${line}\n`)
  .join('')}`,
}
