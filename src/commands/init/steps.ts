import { typesByWhatTheyTell } from '../../connectors/keycloak/saved-events.ts'
import type { Plan } from './plan.ts'
import { pathsOf } from './plan.ts'

/**
 * The lines for `kcadm.sh`, which comes with Keycloak: they make the client with its secret, give it its
 * roles, and let the realm save what Curfew reads. Every value is quoted where a shell needs it; pure.
 *
 * @param admin who signs in at the realm `master`; `kcadm.sh` asks for the password.
 */
export function kcadmLines(plan: Plan, admin = 'admin'): readonly string[] {
  const { address, realm, clientId, clientUuid } = plan
  const types = [...new Set(typesByWhatTheyTell.flatMap(([, names]) => names))]
  return [
    `kcadm.sh config credentials --server ${word(address)} --realm master --user ${word(admin)}`,
    `kcadm.sh create clients -r ${word(realm)} -s id=${clientUuid} -s ${word(`clientId=${clientId}`)} ` +
      '-s enabled=true -s publicClient=false -s standardFlowEnabled=false -s directAccessGrantsEnabled=false ' +
      `-s serviceAccountsEnabled=true -s secret="$(cat ${word(pathsOf(plan).secret)})"`,
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

/** What has to be done at the provider, in words and lines; pure. */
export function stepsText(plan: Plan): string {
  if (plan.provider === 'workos') return workosSteps
  return `Let the realm know Curfew. These lines make a client for it, which may list and end sessions and read
events, and nothing else. The last one replaces the list of event types that the realm saves; add
your own to it. kcadm.sh is in Keycloak's bin folder, and asks for the password of the user admin:

${kcadmLines(plan)
  .map((line) => `  ${line}\n`)
  .join('')}`
}

const workosSteps = `In the WorkOS dashboard:

  1. API Keys: make a secret key, and put it into the environment: export WORKOS_API_KEY=sk_…
  2. Events: nothing is needed, the feed reads them with that key.
  3. If Curfew can be reached from the internet, for speed. Webhooks: add the endpoint
     https://<address of Curfew>/v1/intake/workos for all events, put its signing secret into
     WORKOS_WEBHOOK_SECRET, and take the # away below webhook_secrets in connections.yaml.
`
