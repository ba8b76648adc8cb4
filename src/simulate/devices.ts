import type { Random } from './random.ts'

/** A device as its requests show it: what it is, what it calls itself, how it opens TLS. */
export interface Device {
  readonly id: string
  readonly kind: 'laptop' | 'phone' | 'tablet' | 'server'
  readonly userAgent: string
  /** Shaped like a JA4: one per client software, not one per device. */
  readonly fingerprint: string
}

interface Software {
  readonly kind: Device['kind']
  readonly fingerprint: string
  readonly versions: readonly number[]
  readonly userAgent: (version: number) => string
}

const chromiumFingerprint = 't13d1516h2_8daaf6152771_02713d6af862'
const firefoxFingerprint = 't13d1715h2_5b57614c22b0_3d5424432f57'
const safariFingerprint = 't13d2014h2_a09f3c656075_14788d8d241b'
const scriptFingerprint = 't13d1812h1_85036bcba153_375ca2c5e164'

const chromeOn = (system: string) => (version: number) =>
  `Mozilla/5.0 (${system}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/${version}.0.0.0 Safari/537.36`

const laptops: readonly Software[] = [
  {
    kind: 'laptop',
    fingerprint: chromiumFingerprint,
    versions: [139, 140, 141, 142],
    userAgent: chromeOn('Windows NT 10.0; Win64; x64'),
  },
  {
    kind: 'laptop',
    fingerprint: chromiumFingerprint,
    versions: [139, 140, 141, 142],
    userAgent: chromeOn('Macintosh; Intel Mac OS X 10_15_7'),
  },
  {
    kind: 'laptop',
    fingerprint: firefoxFingerprint,
    versions: [142, 143, 144],
    userAgent: (version) =>
      `Mozilla/5.0 (X11; Linux x86_64; rv:${version}.0) Gecko/20100101 Firefox/${version}.0`,
  },
  {
    kind: 'laptop',
    fingerprint: chromiumFingerprint,
    versions: [140, 141],
    userAgent: (version) =>
      `${chromeOn('Windows NT 10.0; Win64; x64')(version)} Edg/${version}.0.0.0`,
  },
]

const handhelds: readonly Software[] = [
  {
    kind: 'phone',
    fingerprint: safariFingerprint,
    versions: [17, 18, 26],
    userAgent: (version) =>
      `Mozilla/5.0 (iPhone; CPU iPhone OS ${version}_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/${version}.1 Mobile/15E148 Safari/604.1`,
  },
  {
    kind: 'phone',
    fingerprint: chromiumFingerprint,
    versions: [140, 141, 142],
    userAgent: (version) =>
      `Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/${version}.0.0.0 Mobile Safari/537.36`,
  },
  {
    kind: 'tablet',
    fingerprint: safariFingerprint,
    versions: [17, 18],
    userAgent: (version) =>
      `Mozilla/5.0 (iPad; CPU OS ${version}_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/${version}.4 Mobile/15E148 Safari/604.1`,
  },
]

const scripts: readonly Software[] = [
  {
    kind: 'server',
    fingerprint: scriptFingerprint,
    versions: [31, 32],
    userAgent: (version) => `python-requests/2.${version}.3`,
  },
  {
    kind: 'server',
    fingerprint: scriptFingerprint,
    versions: [22, 24],
    userAgent: (version) => `example-agent/1.4 (node ${version})`,
  },
]

const software = { laptop: laptops, handheld: handhelds, script: scripts } as const

/** A new device of a sort, with an id of its own. */
export function makeDevice(random: Random, sort: keyof typeof software): Device {
  const made = random.pick(software[sort])
  return {
    id: `dev_${random.hex(12)}`,
    kind: made.kind,
    userAgent: made.userAgent(random.pick(made.versions)),
    fingerprint: made.fingerprint,
  }
}
