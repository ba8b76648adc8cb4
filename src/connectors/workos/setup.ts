import type { Setup } from '../connector.ts'

export const setup: Setup = {
  asks: [],
  connection: () => `    settings: { api_key: { env: WORKOS_API_KEY } }
    # Reads the events of the environment.
    feed: { every_ms: 5000 }
    # Webhooks are quicker; for them take the # away.
    webhook_secrets: [
      # { env: WORKOS_WEBHOOK_SECRET },
      ]
`,
  steps: () => `In the WorkOS dashboard:

  1. API Keys: make a secret key, and put it into the environment: export WORKOS_API_KEY=sk_…
  2. Events: nothing is needed, the feed reads them with that key.
  3. If Curfew can be reached from the internet, for speed. Webhooks: add the endpoint
     https://<address of Curfew>/v1/intake/workos for all events, put its signing secret into
     WORKOS_WEBHOOK_SECRET, and take the # away below webhook_secrets in connections.yaml.
`,
}
