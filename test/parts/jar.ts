import { readFile } from 'node:fs/promises'
import { inflateRawSync } from 'node:zlib'

/** A file of a jar (APPNOTE 6.3 of the zip format, without zip64), unpacked; fails where it is not in it. */
export const readFromJar = async (jar: string, name: string): Promise<Buffer> => {
  const bytes = await readFile(jar)
  const end = bytes.lastIndexOf(Buffer.from('PK\x05\x06'))
  let place = bytes.readUInt32LE(end + 16)
  for (let left = bytes.readUInt16LE(end + 10); left > 0; left -= 1) {
    const nameLength = bytes.readUInt16LE(place + 28)
    const size = bytes.readUInt32LE(place + 20)
    if (bytes.toString('utf8', place + 46, place + 46 + nameLength) === name) {
      const local = bytes.readUInt32LE(place + 42)
      const from = local + 30 + bytes.readUInt16LE(local + 26) + bytes.readUInt16LE(local + 28)
      const packed = bytes.subarray(from, from + size)
      return bytes.readUInt16LE(place + 10) === 0 ? packed : inflateRawSync(packed)
    }
    place += 46 + nameLength + bytes.readUInt16LE(place + 30) + bytes.readUInt16LE(place + 32)
  }
  throw new Error(`${jar} holds no ${name}`)
}

/** Bytes of an entry of a class file's constant pool by its tag, without the tag (JVMS 25, 4.4). */
const sizes: { readonly [tag: number]: number } = {
  ...{ 3: 4, 4: 4, 5: 8, 6: 8, 7: 2, 8: 2, 9: 4, 10: 4, 11: 4, 12: 4 },
  ...{ 15: 3, 16: 2, 17: 4, 18: 4, 19: 2, 20: 2 },
}
const isEnumConstant = 0x4000

/** The names of the constants of an enum, in the order of its class file (JVMS 25, 4.5). */
export const enumConstantsOf = (file: Buffer): readonly string[] => {
  const texts = new Map<number, string>()
  const count = file.readUInt16BE(8)
  let at = 10
  for (let index = 1; index < count; index += 1) {
    const tag = file.readUInt8(at)
    const length = tag === 1 ? file.readUInt16BE(at + 1) : 0
    if (tag === 1) texts.set(index, file.toString('utf8', at + 3, at + 3 + length))
    at += 1 + (tag === 1 ? 2 + length : (sizes[tag] ?? 0))
    // Numbers of eight bytes take two places.
    if (tag === 5 || tag === 6) index += 1
  }
  at += 6
  at += 2 + 2 * file.readUInt16BE(at)
  const names: string[] = []
  let fields = file.readUInt16BE(at)
  for (at += 2; fields > 0; fields -= 1) {
    const name = texts.get(file.readUInt16BE(at + 2)) ?? ''
    if ((file.readUInt16BE(at) & isEnumConstant) !== 0) names.push(name)
    let attributes = file.readUInt16BE(at + 6)
    for (at += 8; attributes > 0; attributes -= 1) at += 6 + file.readUInt32BE(at + 2)
  }
  return names
}
