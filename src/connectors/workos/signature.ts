import { createHmac, timingSafeEqual } from 'node:crypto'
import type { SignatureResult, SignedBody } from '../../source/intake/webhook.ts'

/** How far the signed time may be from ours, either way: what WorkOS's own libraries allow. */
export const signatureToleranceMs = 180_000

/** More signatures than this in one header are nobody's key rotation. */
const signaturesMax = 8
const headerLengthMax = 1_024

/**
 * Verifies the `WorkOS-Signature` of a webhook: HMAC-SHA256 over `<t>.<raw body>` with the secret
 * as given, in `t=<ms since the epoch>, v1=<64 hex digits>`, where spaces are allowed around each
 * part. The time is judged after the signature, so that only whoever holds a secret learns
 * what our clock says. A signature from the future is refused too: it could be kept for later.
 *
 * Never throws, whatever is handed in.
 */
export function verifyWorkos({
  rawBody,
  header,
  secrets,
  now,
  toleranceMs = signatureToleranceMs,
}: SignedBody): SignatureResult {
  if (header === undefined || header.trim() === '') return 'missing'
  const parts = readHeader(header)
  if (parts === undefined) return 'malformed'
  if (!isSigned({ rawBody, secrets, ...parts })) return 'forged'
  const ageMs = now - Number(parts.time)
  if (ageMs > toleranceMs) return 'too_old'
  if (ageMs < -toleranceMs) return 'in_future'
  return 'ok'
}

/** The header WorkOS would send with this body: for fakes and simulations. */
export function signWorkos({
  rawBody,
  secret,
  at,
}: {
  readonly rawBody: Buffer
  readonly secret: string
  /** Milliseconds since the epoch. */
  readonly at: number
}): string {
  return `t=${at}, v1=${digestOf(String(at), rawBody, secret).toString('hex')}`
}

interface HeaderParts {
  /** As it stands in the header, because these very characters were signed. */
  readonly time: string
  readonly signatures: readonly Buffer[]
}

function readHeader(header: string): HeaderParts | undefined {
  if (header.length > headerLengthMax) return undefined
  let time: string | undefined
  const signatures: Buffer[] = []
  for (const part of header.split(',')) {
    const [name, value] = splitOnce(part)
    if (name === 't') {
      if (time !== undefined || !/^\d{1,15}$/.test(value)) return undefined
      time = value
    } else if (name === 'v1') {
      if (!/^[0-9a-f]{64}$/i.test(value)) return undefined
      signatures.push(Buffer.from(value, 'hex'))
    }
  }
  if (time === undefined || signatures.length === 0 || signatures.length > signaturesMax) {
    return undefined
  }
  return { time, signatures }
}

function splitOnce(part: string): readonly [name: string, value: string] {
  const at = part.indexOf('=')
  return at === -1 ? [part.trim(), ''] : [part.slice(0, at).trim(), part.slice(at + 1).trim()]
}

/** Compares with every secret even after a match, so that time tells nothing about which it was. */
function isSigned({
  rawBody,
  secrets,
  time,
  signatures,
}: HeaderParts & { readonly rawBody: Buffer; readonly secrets: readonly string[] }): boolean {
  let matches = 0
  for (const secret of secrets) {
    if (secret === '') continue
    const expected = digestOf(time, rawBody, secret)
    for (const signature of signatures) matches += timingSafeEqual(expected, signature) ? 1 : 0
  }
  return matches > 0
}

function digestOf(time: string, rawBody: Buffer, secret: string): Buffer {
  return createHmac('sha256', secret).update(`${time}.`).update(rawBody).digest()
}
