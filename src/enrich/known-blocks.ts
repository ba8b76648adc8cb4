import type { NetworkClass } from '../contract/event-words.ts'

/** Address blocks of one holder, for when a number is shared or no database of numbers is there. */
export interface KnownBlocks {
  readonly asn: number
  readonly class: NetworkClass
  readonly name: string
  /** CIDR blocks, apart by white space. */
  readonly blocks: string
}

/**
 * Large blocks that hold cloud machines, gateways, exits or phones and nothing else, rounded to whole
 * allocations. The narrowest block wins, so relays and gateways may lie within a cloud's. Sources,
 * each by its holder:
 * - hosting: ip-ranges.amazonaws.com, gstatic.com/ipranges/cloud.json and the registries' allocations
 *   to Google Cloud and Microsoft, digitalocean.com/geo/google.csv, geoip.linode.com,
 *   geofeed.constant.com, RIPE allocations to Hetzner and OVH
 * - relay: the exits of iCloud Private Relay in mask-api.icloud.com/egress-ip-ranges.csv, which leave
 *   by Akamai, Cloudflare and Fastly. Fastly's own list, api.fastly.com/public-ip-list, holds the
 *   other halves of those allocations. WARP leaves by the same blocks of Cloudflare
 * - gateway: config.zscaler.com, the NewEdge ranges of Netskope, the egress ranges of Umbrella's and
 *   of Cloudflare's gateways, the allocations of Prisma Access and Symantec's Web Security Service,
 *   which leave by Google's numbers, and Microsoft's Global Secure Access
 * - mobile: allocations that the registries keep for the phones of carriers whose numbers serve landlines
 *   too
 * - tor: the exits of the associations that run most of them, by metrics.torproject.org
 */
export const knownBlocks: readonly KnownBlocks[] = [
  {
    asn: 16509,
    class: 'hosting',
    name: 'Amazon',
    blocks: `3.0.0.0/8 18.128.0.0/9 52.0.0.0/10 52.64.0.0/12 52.192.0.0/11 54.64.0.0/11
      54.144.0.0/12 54.160.0.0/11 54.192.0.0/10`,
  },
  {
    asn: 396982,
    class: 'hosting',
    name: 'Google Cloud',
    blocks: `34.64.0.0/10 34.128.0.0/10 35.184.0.0/13 35.192.0.0/12 35.208.0.0/12
      35.224.0.0/12 35.240.0.0/13 2600:1900::/28`,
  },
  {
    asn: 8075,
    class: 'hosting',
    name: 'Microsoft',
    blocks: `13.64.0.0/11 20.36.0.0/14 20.40.0.0/13 20.48.0.0/12 20.64.0.0/10 40.76.0.0/14
      40.80.0.0/12 40.112.0.0/13 52.224.0.0/11 104.40.0.0/13 104.208.0.0/13 2603:1000::/24`,
  },
  {
    asn: 14061,
    class: 'hosting',
    name: 'DigitalOcean',
    blocks: `45.55.0.0/16 46.101.0.0/16 64.225.0.0/17 68.183.0.0/16 104.131.0.0/16
      104.236.0.0/16 104.248.0.0/16 107.170.0.0/16 128.199.0.0/16 134.122.0.0/17 134.209.0.0/16
      2400:6180::/32 2604:a880::/32 2a03:b0c0::/32`,
  },
  {
    asn: 63949,
    class: 'hosting',
    name: 'Akamai (Linode)',
    blocks: `50.116.0.0/18 66.175.208.0/20 66.228.32.0/19 69.164.192.0/19 72.14.176.0/20
      74.207.224.0/19 96.126.96.0/19 97.107.128.0/20 173.230.128.0/19 173.255.192.0/18
      192.155.80.0/20 198.58.96.0/19 198.74.48.0/20 2400:8900::/29 2600:3c00::/28 2a01:7e00::/30`,
  },
  {
    asn: 20473,
    class: 'hosting',
    name: 'Vultr',
    blocks: '45.32.0.0/16 45.63.0.0/17 45.76.0.0/15 2001:19f0::/32',
  },
  {
    asn: 24940,
    class: 'hosting',
    name: 'Hetzner',
    blocks: `5.9.0.0/16 46.4.0.0/16 78.46.0.0/15 88.99.0.0/16 88.198.0.0/16 94.130.0.0/16
      95.216.0.0/15 116.202.0.0/15 135.181.0.0/16 136.243.0.0/16 138.201.0.0/16 144.76.0.0/16
      148.251.0.0/16 157.90.0.0/16 159.69.0.0/16 162.55.0.0/16 167.235.0.0/16 168.119.0.0/16
      176.9.0.0/16 178.63.0.0/16 188.40.0.0/16 195.201.0.0/16 2a01:4f8::/31`,
  },
  {
    asn: 16276,
    class: 'hosting',
    name: 'OVHcloud',
    blocks: `51.38.0.0/16 51.68.0.0/16 51.75.0.0/16 51.77.0.0/16 51.254.0.0/15 54.36.0.0/14
      91.121.0.0/16 94.23.0.0/16 137.74.0.0/16 145.239.0.0/16 149.202.0.0/16 151.80.0.0/16
      164.132.0.0/16 176.31.0.0/16 178.32.0.0/15 188.165.0.0/16 2001:41d0::/32`,
  },
  {
    asn: 13335,
    class: 'relay',
    name: 'Cloudflare relay',
    blocks: '104.28.0.0/16 2606:54c0::/30 2a09:bac0::/29',
  },
  {
    asn: 36183,
    class: 'relay',
    name: 'Akamai relay',
    blocks: '172.224.0.0/16 172.225.0.0/16 172.226.0.0/15 2a02:26f7::/32',
  },
  {
    asn: 54113,
    class: 'relay',
    name: 'Fastly relay',
    blocks: '140.248.0.0/18 146.75.128.0/17 2a04:4e41::/32',
  },
  {
    asn: 22616,
    class: 'gateway',
    name: 'Zscaler',
    blocks: `8.25.203.0/24 58.220.95.0/24 64.215.22.0/24 70.39.159.0/24 87.58.64.0/18
      89.167.131.0/24 94.188.131.0/25 94.188.139.64/26 94.188.248.64/26 98.98.26.0/23
      98.98.28.0/24 101.2.192.0/18 104.129.192.0/20 112.137.170.0/24 124.248.141.0/24
      128.177.125.0/24 136.226.0.0/16 137.83.128.0/18 140.210.152.0/23 147.161.128.0/17
      154.113.23.0/24 165.225.0.0/17 165.225.192.0/18 167.103.0.0/16 170.85.0.0/16
      185.46.212.0/22 194.9.96.0/20 196.23.154.64/26 197.98.201.0/24 198.14.64.0/18
      199.168.148.0/22 211.144.19.0/24 213.152.228.0/24 220.243.154.0/23 221.122.91.0/24
      2605:4300::/32 2a03:eec0::/32`,
  },
  {
    asn: 55256,
    class: 'gateway',
    name: 'Netskope',
    blocks: '8.36.116.0/24 8.39.144.0/24 31.186.239.0/24 163.116.128.0/17 162.10.0.0/17',
  },
  {
    asn: 36692,
    class: 'gateway',
    name: 'Cisco Umbrella',
    blocks: '146.112.0.0/16 155.190.0.0/18 151.186.0.0/16',
  },
  {
    asn: 394089,
    class: 'gateway',
    name: 'Palo Alto Prisma Access',
    blocks: `66.159.192.0/19 130.41.0.0/16 134.238.0.0/16 137.83.192.0/18 165.1.128.0/17
      208.127.0.0/16`,
  },
  {
    asn: 396982,
    class: 'gateway',
    name: 'Symantec Web Security Service',
    blocks: '103.9.96.0/22 199.19.248.0/21 199.116.168.0/21',
  },
  {
    asn: 8075,
    class: 'gateway',
    name: 'Microsoft Global Secure Access',
    blocks: '128.94.0.0/19 151.206.0.0/16',
  },
  {
    asn: 13335,
    class: 'gateway',
    name: 'Cloudflare Gateway',
    blocks: '8.29.230.0/23',
  },
  {
    asn: 20057,
    class: 'mobile',
    name: 'AT&T Mobility',
    blocks: '107.64.0.0/10 108.144.0.0/13 108.152.0.0/14',
  },
  {
    asn: 3320,
    class: 'mobile',
    name: 'Telekom Deutschland, phones',
    blocks: '80.187.0.0/16',
  },
  {
    asn: 3209,
    class: 'mobile',
    name: 'Vodafone Germany, phones',
    blocks: '109.40.0.0/13',
  },
  {
    asn: 6805,
    class: 'mobile',
    name: 'O2 Germany, phones',
    blocks: '89.204.128.0/17 176.0.0.0/13',
  },
  {
    asn: 9605,
    class: 'mobile',
    name: 'NTT Docomo',
    blocks: '1.72.0.0/13 49.96.0.0/14',
  },
  {
    asn: 2516,
    class: 'mobile',
    name: 'KDDI au',
    blocks: '106.128.0.0/14 106.132.0.0/15 106.134.0.0/16 182.249.0.0/16 182.250.0.0/15',
  },
  {
    asn: 9644,
    class: 'mobile',
    name: 'SK Telecom',
    blocks: '27.160.0.0/11 223.32.0.0/11',
  },
  {
    asn: 4766,
    class: 'mobile',
    name: 'KT, phones',
    blocks: '39.7.0.0/16 110.70.0.0/16 118.235.0.0/16 175.223.0.0/16',
  },
  {
    asn: 60729,
    class: 'tor',
    name: 'Tor exits',
    blocks: `23.129.64.0/24 109.70.100.0/24 162.247.74.0/24 171.25.193.0/24 185.129.61.0/24
      185.129.62.0/24 185.220.100.0/22 192.42.116.0/24 2620:7:6000::/48`,
  },
]
