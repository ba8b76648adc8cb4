import { join } from 'node:path'
import type { Setup, SetupPlan } from '../../connectors/connector.ts'

/** What `init` was told, and what it made up: everything that its files and lines are made of. */
export interface Plan extends Omit<SetupPlan, 'secretPath'> {
  /** Id of its connector. */
  readonly provider: string
  readonly setup: Setup
  readonly tenant: string
  readonly instance: string
  /** Absolute. */
  readonly folder: string
  /** Digest of the first API token. */
  readonly sha256: string
}

/** The files that are written, absolute. */
export const pathsOf = ({ folder, setup }: Pick<Plan, 'folder'> & { readonly setup?: Setup }) => ({
  connections: join(folder, 'connections.yaml'),
  policy: join(folder, 'policy.yaml'),
  token: join(folder, 'token.txt'),
  ...(setup?.secretFile === undefined ? {} : { secret: join(folder, setup.secretFile) }),
})

/** The same as a connector's setup takes it. */
export const setupPlanOf = (plan: Plan): SetupPlan => ({
  ...plan,
  secretPath: pathsOf(plan).secret ?? '',
})

/** The connections file; pure. */
export function connectionsText(plan: Plan): string {
  return `# Which identity providers there are, and who may use the API. Secrets are named here and never
# written here. The file examples/connections.yaml shows everything that it can say.
version: 1

instances:
  - tenant: ${quoted(plan.tenant)}
    instance: ${quoted(plan.instance)}
    provider: ${plan.provider}
${plan.setup.connection(setupPlanOf(plan))}
tokens:
  - name: first
    tenant: ${quoted(plan.tenant)}
    roles: [viewer, analyst, responder, auditor, admin]
    sha256: '${plan.sha256}'
`
}

/** JSON is YAML; so no name can be taken for a number or a word of YAML. */
const quoted = (text: string): string => JSON.stringify(text)

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
