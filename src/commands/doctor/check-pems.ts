import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Settings } from '../../config/settings.ts'
import { codeOf } from '../../contract/errors.ts'
import type { Now } from '../../contract/ports.ts'
import type { CheckResult } from './check-result.ts'

type Variable = 'CURFEW_KAFKA_CA_FILE' | 'CURFEW_KAFKA_CERT_FILE' | 'CURFEW_KAFKA_KEY_FILE'

/** Checks the PEM files for the brokers: their kind, their validity, and that key and certificate match. */
export function examinePems(settings: Settings, now: Now): readonly CheckResult[] {
  const authority = read(settings, 'CURFEW_KAFKA_CA_FILE')
  const own = read(settings, 'CURFEW_KAFKA_CERT_FILE')
  const key = read(settings, 'CURFEW_KAFKA_KEY_FILE')
  return [
    ...(authority === undefined ? [] : [checkCertificates('kafka authority', authority, now())]),
    ...(own === undefined ? [] : [checkCertificates('kafka certificate', own, now())]),
    ...(key === undefined ? [] : [checkKey(key, own)]),
  ]
}

interface Pem {
  readonly variable: Variable
  readonly path: string
  readonly text?: string
  /** The system's error code where the file cannot be read. */
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

function broken(check: string, { variable, path }: Pem, problem: string): CheckResult {
  return { check, state: 'broken', detail: `${path} ${problem}; correct ${variable}` }
}

function checkCertificates(check: string, pem: Pem, now: number): CheckResult {
  if (pem.text === undefined) return broken(check, pem, `cannot be read (${pem.code})`)
  const certificates = certificatesIn(pem.text)
  if (certificates === undefined || certificates.length === 0) {
    return broken(check, pem, 'holds no certificate in PEM form')
  }
  const valid = certificates.filter(
    ({ validFromDate, validToDate }) =>
      validFromDate.getTime() <= now && now < validToDate.getTime(),
  )
  const [first = certificates[0]] = valid
  const until = first?.validToDate.toISOString().slice(0, 10)
  // Bundles keep expired authorities; one valid certificate is enough.
  return valid.length === 0
    ? broken(
        check,
        pem,
        `is not valid now: it is valid from ${first?.validFrom} to ${first?.validTo}`,
      )
    : { check, state: 'ok', detail: `${pem.path}, valid until ${until}` }
}

function certificatesIn(text: string): readonly X509Certificate[] | undefined {
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []
  try {
    return blocks.map((block) => new X509Certificate(block))
  } catch {
    return undefined
  }
}

function checkKey(pem: Pem, own: Pem | undefined): CheckResult {
  const check = 'kafka private key'
  if (pem.text === undefined) return broken(check, pem, `cannot be read (${pem.code})`)
  if (/ENCRYPTED/.test(pem.text)) {
    return broken(
      check,
      pem,
      'needs a passphrase, which Curfew does not support: give a key without',
    )
  }
  try {
    const key = createPrivateKey(pem.text)
    const [certificate] = certificatesIn(own?.text ?? '') ?? []
    return certificate === undefined || certificate.checkPrivateKey(key)
      ? { check, state: 'ok', detail: pem.path }
      : broken(check, pem, `is not the key of the certificate in ${own?.path}`)
  } catch {
    // The parser's message may quote the key.
    return broken(check, pem, 'holds no private key in PEM form')
  }
}
