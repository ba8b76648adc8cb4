import { createServer } from 'node:net'
import { eventually } from './eventually.ts'

export interface MailSink extends AsyncDisposable {
  readonly port: number
  /** The first link in the newest mail to that address, once there is one. */
  readonly linkFor: (address: string) => Promise<string>
}

/** A mail server on 127.0.0.1 that takes every mail, delivers none and forgets them when it ends. */
export const openMailSink = async (): Promise<MailSink> => {
  const mails: string[] = []
  const server = createServer((socket) => {
    let text = ''
    let isData = false
    socket.setEncoding('utf8')
    socket.on('error', () => undefined)
    socket.write('220 sink\r\n')
    socket.on('data', (chunk: string) => {
      text += chunk
      for (;;) {
        const end = isData ? text.indexOf('\r\n.\r\n') : text.indexOf('\r\n')
        if (end < 0) return
        const said = text.slice(0, end)
        text = text.slice(end + (isData ? 5 : 2))
        if (isData) mails.push(said)
        isData = !isData && /^data$/i.test(said)
        socket.write(isData ? '354 go on\r\n' : /^quit$/i.test(said) ? '221 bye\r\n' : '250 ok\r\n')
      }
    })
  })
  const { promise: listening, resolve } = Promise.withResolvers<void>()
  server.listen(0, '127.0.0.1', resolve)
  await listening
  const address = server.address()
  if (address === null || typeof address === 'string') throw new TypeError('Not a TCP port')
  return {
    port: address.port,
    linkFor: (to) =>
      eventually({
        what: `A mail to ${to}`,
        timeoutMs: 30_000,
        everyMs: 50,
        probe: async () => linkIn(mails.findLast((mail) => mail.includes(`To: ${to}`))),
      }),
    [Symbol.asyncDispose]: async () => {
      server.close()
    },
  }
}

/** Quoted-printable lines are joined and `=3D` becomes `=`; nothing else of it occurs in a link. */
const linkIn = (mail: string | undefined): string | undefined =>
  mail
    ?.replaceAll('=\r\n', '')
    .replaceAll('=3D', '=')
    .match(/https?:\/\/[^\s"<>]+/)?.[0]
