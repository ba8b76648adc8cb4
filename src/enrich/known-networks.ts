import type { NetworkClass } from '../contract/event-words.ts'

/** Who says so when the answer comes from the tables below; raised when they change. */
export const knownNetworksBuild = 'curfew-networks@1'

/** A network known by number: [autonomous system, class, name]. */
export type KnownAsn = readonly [number, NetworkClass, string]

/**
 * Networks whose class is plain from who holds them, as the regional registries (ARIN, RIPE, APNIC)
 * publish holder and number. A start, not a census: an operator's own list goes before it.
 *
 * Gateways of web-security providers and Akamai's relay system are `relay`: many people leave
 * through them, far from where they are. Satellite is `mobile`: its address tells the ground station.
 */
export const knownAsns: readonly KnownAsn[] = [
  [14618, 'hosting', 'Amazon'],
  [16509, 'hosting', 'Amazon'],
  [8075, 'hosting', 'Microsoft'],
  [8068, 'hosting', 'Microsoft'],
  [15169, 'hosting', 'Google'],
  [396982, 'hosting', 'Google Cloud'],
  [13335, 'hosting', 'Cloudflare'],
  [54113, 'hosting', 'Fastly'],
  [16625, 'hosting', 'Akamai'],
  [20940, 'hosting', 'Akamai'],
  [63949, 'hosting', 'Akamai (Linode)'],
  [31898, 'hosting', 'Oracle'],
  [36351, 'hosting', 'IBM Cloud (SoftLayer)'],
  [45102, 'hosting', 'Alibaba Cloud'],
  [37963, 'hosting', 'Alibaba Cloud'],
  [45090, 'hosting', 'Tencent Cloud'],
  [132203, 'hosting', 'Tencent Cloud'],
  [136907, 'hosting', 'Huawei Cloud'],
  [14061, 'hosting', 'DigitalOcean'],
  [20473, 'hosting', 'Vultr'],
  [24940, 'hosting', 'Hetzner'],
  [213230, 'hosting', 'Hetzner Cloud'],
  [16276, 'hosting', 'OVHcloud'],
  [12876, 'hosting', 'Scaleway'],
  [60781, 'hosting', 'Leaseweb'],
  [28753, 'hosting', 'Leaseweb'],
  [30633, 'hosting', 'Leaseweb'],
  [51167, 'hosting', 'Contabo'],
  [8560, 'hosting', 'IONOS'],
  [47583, 'hosting', 'Hostinger'],
  [197540, 'hosting', 'netcup'],
  [202053, 'hosting', 'UpCloud'],
  [19994, 'hosting', 'Rackspace'],
  [33070, 'hosting', 'Rackspace'],
  [26496, 'hosting', 'GoDaddy'],
  [36352, 'hosting', 'ColoCrossing'],
  [53667, 'hosting', 'FranTech'],
  [40676, 'hosting', 'Psychz Networks'],
  [8100, 'hosting', 'QuadraNet'],
  [9009, 'hosting', 'M247'],
  [60068, 'hosting', 'Datacamp'],
  [212238, 'hosting', 'Datacamp'],
  [62240, 'hosting', 'Clouvider'],
  [39351, 'hosting', '31173 Services'],
  [49505, 'hosting', 'Selectel'],
  [43350, 'hosting', 'NForce'],
  [49981, 'hosting', 'WorldStream'],
  [36183, 'relay', 'Akamai relay'],
  [22616, 'relay', 'Zscaler'],
  [53813, 'relay', 'Zscaler'],
  [62044, 'relay', 'Zscaler'],
  [55256, 'relay', 'Netskope'],
  [136787, 'vpn', 'PacketHub'],
  [147049, 'vpn', 'PacketHub'],
  [207137, 'vpn', 'PacketHub'],
  [209103, 'vpn', 'Proton'],
  [209854, 'vpn', 'Surfshark'],
  [60729, 'tor', 'Torservers'],
  [208323, 'tor', 'Foundation for Applied Privacy'],
  [14593, 'mobile', 'Starlink'],
  [22351, 'mobile', 'Intelsat'],
  [21928, 'mobile', 'T-Mobile USA'],
  [6167, 'mobile', 'Verizon Wireless'],
  [22394, 'mobile', 'Verizon Wireless'],
  [20057, 'mobile', 'AT&T Mobility'],
  [12576, 'mobile', 'EE'],
  [206067, 'mobile', 'Three UK'],
  [55836, 'mobile', 'Reliance Jio'],
  [45609, 'mobile', 'Bharti Airtel'],
  [9605, 'mobile', 'NTT Docomo'],
  [7922, 'fixed', 'Comcast'],
  [20115, 'fixed', 'Charter'],
  [22773, 'fixed', 'Cox'],
  [2856, 'fixed', 'BT'],
  [5089, 'fixed', 'Virgin Media'],
  [5607, 'fixed', 'Sky UK'],
  [3320, 'fixed', 'Deutsche Telekom'],
  [3215, 'fixed', 'Orange'],
  [12322, 'fixed', 'Free'],
  [3352, 'fixed', 'Telefonica de Espana'],
  [3303, 'fixed', 'Swisscom'],
]

/** Address blocks of one holder, for when there is no database of numbers. */
export interface KnownBlocks {
  readonly asn: number
  readonly class: NetworkClass
  readonly name: string
  /** CIDR blocks, apart by white space. */
  readonly blocks: string
}

/**
 * Large blocks that hold cloud machines or relay exits and nothing else, rounded to whole
 * allocations. Sources, each by its holder: ip-ranges.amazonaws.com, gstatic.com/ipranges/cloud.json
 * and the registries' allocations to Google Cloud and Microsoft, digitalocean.com/geo/google.csv,
 * geoip.linode.com, geofeed.constant.com, RIPE allocations to Hetzner and OVH, and for the exits of
 * iCloud Private Relay mask-api.icloud.com/egress-ip-ranges.csv.
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
    blocks: '172.224.224.0/19 172.225.0.0/16 172.226.0.0/15 2a02:26f7::/32',
  },
]
