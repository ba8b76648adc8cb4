import type { Inside, Wrapper } from '../envelope.ts'
import { eventIn } from '../envelope.ts'
import { shown, shownText } from '../envelope-examples.ts'
import type { Fields } from '../fields.ts'

const around = { specversion: '1.0', id: 'ce-1', source: '/sso', type: 'com.example.session' }

/**
 * A CloudEvent in structured mode (CloudEvents 1.0, JSON format): the event is its `data`, or its
 * `data_base64`. In binary mode the attributes are headers and the value is the event itself, which
 * needs no unwrapping.
 */
export const envelope: Wrapper = {
  id: 'cloudevents',
  title: 'CloudEvent in structured mode',
  kind: 'wrapper',
  recognises: (json, isBare) =>
    typeof json.specversion === 'string' &&
    typeof json.id === 'string' &&
    typeof json.source === 'string' &&
    typeof json.type === 'string' &&
    !isBare(json),
  inside,
  examples: [
    { name: 'data', message: { ...around, data: shown }, holds: { event: shown } },
    {
      name: 'data in base64',
      message: { ...around, data_base64: Buffer.from(shownText).toString('base64') },
      holds: { event: shown },
    },
    {
      name: 'data as a text that is JSON',
      message: { ...around, data: shownText },
      holds: { event: shown },
    },
    {
      name: 'no data',
      message: around,
      holds: { rejected: 'missing_field', detail: 'data is missing' },
    },
    {
      name: 'data twice',
      message: { ...around, data: shown, data_base64: 'e30=' },
      holds: { rejected: 'out_of_bounds', detail: 'either data or data_base64' },
    },
    {
      name: 'a later version of the specification',
      message: { ...around, specversion: '2.0', data: shown },
      holds: { rejected: 'unknown_version', detail: 'specversion' },
    },
  ],
}

function inside({ specversion, data, data_base64: base64 }: Fields): Inside {
  if (!/^(?:0\.3|1\.\d{1,3})$/.test(String(specversion))) {
    return { fault: { reason: 'unknown_version', detail: 'specversion must be 1.0' } }
  }
  const [hasData, hasBytes] = [data, base64].map((each) => each !== undefined && each !== null)
  if (hasData && hasBytes) {
    const detail = 'a CloudEvent has either data or data_base64'
    return { fault: { reason: 'out_of_bounds', detail } }
  }
  if (hasBytes) {
    return typeof base64 === 'string' && isBase64.test(base64)
      ? { text: Buffer.from(base64, 'base64') }
      : { fault: { reason: 'wrong_type', detail: 'data_base64 must be base64' } }
  }
  if (hasData) return eventIn(data, 'data')
  return { fault: { reason: 'missing_field', detail: 'data is missing' } }
}

/** RFC 4648 section 4. */
const isBase64 = /^[A-Za-z0-9+/]*={0,2}$/
