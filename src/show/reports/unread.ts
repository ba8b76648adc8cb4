import { Type } from 'typebox'
import { lacks, UnreadWhy } from '../../contract/unread.ts'
import { Name } from '../api/schemas.ts'
import { overAll, summaryOfAll } from '../reporting/headline.ts'
import type { Report } from '../reporting/report.ts'

const words = (of: 'hides' | 'remedy'): string =>
  Object.values(lacks)
    .map((lack) => `'${lack[of].replaceAll("'", "''")}'`)
    .join(', ')
const names = Object.keys(lacks)
  .map((name) => `'${name}'`)
  .join(', ')

const totals = {
  incomplete: "sumIf(messages, why = 'incomplete')",
  unknown: "sumIf(messages, why = 'unknown')",
  irrelevant: "sumIf(messages, why = 'irrelevant')",
}

/** Which messages became no event, and where a provider leaves out what a cause needs. */
export const report: Report = {
  id: 'unread',
  title: 'Unread messages',
  description:
    'Genuine messages that became no event, by source and kind; those that hide causes come first. Counted by the hour of receipt.',
  parameters: {
    why: Type.Optional(UnreadWhy),
    instance: Type.Optional(Name('Only messages of this instance.')),
  },
  dated: {
    ...{ what: 'messages', rows: 'unread', at: 'hour', known: 'hour' },
    by: ['why', 'instance'],
  },
  sql: `
select *,
  ${overAll(totals)}
from
(
  select
    instance, source, format, name, why,
    sum(u.messages) as messages,
    max(u.last_at) as last_at,
    transform(u.lack, [${names}], [${words('hides')}], '') as hides,
    transform(u.lack, [${names}], [${words('remedy')}], '') as remedy
  from unread as u
  where tenant = {tenant:String}
    and hour >= toStartOfHour({from:DateTime64(3)}) and hour < {to:DateTime64(3)}
    and hour <= {as_of:DateTime64(3)}
    and ({why:String} = '' or why = {why:String})
    and ({instance:String} = '' or instance = {instance:String})
  group by instance, source, format, name, why, u.lack
)
order by indexOf(['incomplete', 'unknown', 'irrelevant'], why), messages desc, instance, source, name
limit {rows_max:UInt32}`,
  columns: [
    { name: 'instance', type: 'text', description: 'Connection to an identity provider.' },
    { name: 'source', type: 'text', description: 'The source that delivered them.' },
    { name: 'format', type: 'text', description: 'The format that read them.' },
    { name: 'name', type: 'text', description: "The provider's own name for the kind of message." },
    {
      name: 'why',
      type: 'text',
      description:
        "'incomplete': fields that a cause needs are missing; 'unknown': no reader for this kind; 'irrelevant': it does not concern sessions.",
    },
    { name: 'messages', type: 'count', description: 'How many.' },
    { name: 'last_at', type: 'time', description: 'When the latest was received.' },
    { name: 'hides', type: 'text', description: 'What cannot be detected as a result.' },
    { name: 'remedy', type: 'text', description: 'The setting to switch on.' },
  ],
  summary: summaryOfAll(totals),
}
