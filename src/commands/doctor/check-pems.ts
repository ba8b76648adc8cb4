import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Settings } from '../../config/settings.ts'
import { codeOf } from '../../contract/errors.ts'
import type { Now } from '../../contract/ports.ts'
import type { Symptom } from './check-result.ts'

type Variable = 'CURFEW_KAFKA_CA_FILE' | 'CURFEW_KAFKA_CERT_FILE' | 'CURFEW_KAFKA_KEY_FILE'

/** Looks at the PEM files for the brokers: whether they are what they should be, in time and a pair. */
export function examinePems(settings: Settings, now: Now): readonly Symptom[] {
  const authority = read(settings, 'CURFEW_KAFKA_CA_FILE')
  const own = read(settings, 'CURFEW_KAFKA_CERT_FILE')
  const key = read(settings, 'CURFEW_KAFKA_KEY_FILE')
  return [
    ...(authority === undefined ? [] : [lookAtCertificates('kafka authority', authority, now())]),
    ...(own === undefined ? [] : [lookAtCertificates('kafka certificate', own, now())]),
    ...(key === undefined ? [] : [lookAtKey(key, own)]),
  ]
}

interface Pem {
  readonly variable: Variable
  readonly path: string
  readonly text?: string
  /** What the system calls the reason that it cannot be read. */
  readonly code?: string
}

function read(settings: Settings, variable: Variable): Pem | undefined {
  const path = settings[variable]
  if (path === undefined) return undefined
  try {
    return { variable, path, text: readFileSync(path, 'utf8') }
  } catch (error) {
    return { variable, path, code: codeOf(error) }
  }
}

function broken(check: string, { variable, path }: Pem, problem: string): Symptom {
  return { check, state: 'broken', detail: `${path} ${problem}; correct ${variable}` }
}

function lookAtCertificates(check: string, pem: Pem, now: number): Symptom {
  if (pem.text === undefined) return broken(check, pem, `cannot be read (${pem.code})`)
  const certificates = certificatesIn(pem.text)
  if (certificates === undefined || certificates.length === 0) {
    return broken(check, pem, 'holds no certificate in PEM form')
  }
  const inForce = certificates.filter(
    ({ validFromDate, validToDate }) =>
      validFromDate.getTime() <= now && now < validToDate.getTime(),
  )
  const [first = certificates[0]] = inForce
  const until = first?.validToDate.toISOString().slice(0, 10)
  // Bundles of authorities keep old ones; one that is in force is enough to be believed.
  return inForce.length === 0
    ? broken(
        check,
        pem,
        `is not in force: it is good from ${first?.validFrom} to ${first?.validTo}`,
      )
    : { check, state: 'ok', detail: `${pem.path}, in force until ${until}` }
}

function certificatesIn(text: string): readonly X509Certificate[] | undefined {
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []
  try {
    return blocks.map((block) => new X509Certificate(block))
  } catch {
    return undefined
  }
}

function lookAtKey(pem: Pem, own: Pem | undefined): Symptom {
  const check = 'kafka private key'
  if (pem.text === undefined) return broken(check, pem, `cannot be read (${pem.code})`)
  if (/ENCRYPTED/.test(pem.text)) {
    return broken(check, pem, 'wants a passphrase, and Curfew has none: give the key without')
  }
  try {
    const key = createPrivateKey(pem.text)
    const [certificate] = certificatesIn(own?.text ?? '') ?? []
    return certificate === undefined || certificate.checkPrivateKey(key)
      ? { check, state: 'ok', detail: pem.path }
      : broken(check, pem, `is not the key of the certificate in ${own?.path}`)
  } catch {
    // The parser's own words may quote what it stumbled over.
    return broken(check, pem, 'holds no private key in PEM form')
  }
}
