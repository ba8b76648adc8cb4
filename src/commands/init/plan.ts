import { join } from 'node:path'

/** What `init` was told, and what it made up: everything that its files and lines are made of. */
export interface Plan {
  readonly provider: 'keycloak' | 'workos'
  /** Where the provider answers; unused of WorkOS, whose address is known. */
  readonly address: string
  readonly realm: string
  readonly tenant: string
  readonly instance: string
  readonly clientId: string
  /** The UUID that the client is made with: admin events name it by that. */
  readonly clientUuid: string
  /** Absolute. */
  readonly folder: string
  /** Digest of the first API token. */
  readonly sha256: string
}

/** The files that are written, absolute. */
export const pathsOf = ({ folder }: Pick<Plan, 'folder'>) => ({
  connections: join(folder, 'connections.yaml'),
  policy: join(folder, 'policy.yaml'),
  token: join(folder, 'token.txt'),
  secret: join(folder, 'keycloak-secret.txt'),
})

/** The connections file; pure. */
export function connectionsText(plan: Plan): string {
  return `# Which identity providers there are, and who may use the API. Secrets are named here and never
# written here. The file examples/connections.yaml shows everything that it can say.
version: 1

instances:
  - tenant: ${quoted(plan.tenant)}
    instance: ${quoted(plan.instance)}
${plan.provider === 'keycloak' ? keycloakLines(plan) : workosLines}
tokens:
  - name: first
    tenant: ${quoted(plan.tenant)}
    roles: [viewer, analyst, responder, auditor, admin]
    sha256: '${plan.sha256}'
`
}

/** JSON is YAML; so no name can be taken for a number or a word of YAML. */
const quoted = (text: string): string => JSON.stringify(text)

const keycloakLines = (plan: Plan): string => `    provider: keycloak
    settings:
      base_url: ${quoted(plan.address)}
      realm: ${quoted(plan.realm)}
      client_id: ${quoted(plan.clientId)}
      client_uuid: ${plan.clientUuid}
      client_secret: { file: ${quoted(pathsOf(plan).secret)} }
    # Reads the user events and admin events that the realm saves.
    feed: { every_ms: 2000 }
`

const workosLines = `    provider: workos
    settings: { api_key: { env: WORKOS_API_KEY } }
    # Reads the events of the environment.
    feed: { every_ms: 5000 }
    # Webhooks are quicker; for them take the # away.
    webhook_secrets: [
      # { env: WORKOS_WEBHOOK_SECRET },
      ]
`

/**
 * The policy file, which ends nothing yet; pure. In braces indents need not agree, so that any lines hold
 * once their # is away, with its blank or without.
 */
export const policyText = `# What may happen to whom. What is not named is observed: reported, and nothing of it is ended. Look at
# the reports first, then take the # away from one line after the other. examples/policy.yaml shows more.
version: 1

causes: {
  # credential_reset: { mode: enforce, deadline_seconds: 60 },
  # subject_suspended: { mode: enforce, deadline_seconds: 60 },
  # subject_offboarded: { mode: enforce, deadline_seconds: 60 },
  # operator_order: { mode: enforce, deadline_seconds: 60 }, # a sign-out that a person asks for
  }
`
