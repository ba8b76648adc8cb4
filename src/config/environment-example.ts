import { settingsSchema } from './settings.ts'

/** `.env.example`: every variable with what it is and its default. */
export function environmentExample(): string {
  const lines = [
    '# Every variable Curfew reads. All are optional; the commented values are the defaults.',
    '',
  ]
  for (const [name, schema] of Object.entries(settingsSchema.properties)) {
    const { description = '', default: value } = schema as {
      description?: string
      default?: unknown
    }
    lines.push(
      `# ${description}`,
      value === undefined ? `# ${name}=` : `# ${name}=${String(value)}`,
      '',
    )
  }
  return lines.join('\n')
}
