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

/** Which messages became no event, and where causes go unseen because a provider leaves something out. */
export const report: Report = {
  id: 'unread',
  title: 'Unread messages',
  description:
    'Genuine messages that became no event, by source and kind, those first that hide causes. Counted by the hour of receipt.',
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
    { name: 'source', type: 'text', description: 'The source they came by.' },
    { name: 'format', type: 'text', description: 'How they were read.' },
    { name: 'name', type: 'text', description: "The provider's own name for the kind of message." },
    {
      name: 'why',
      type: 'text',
      description:
        "'incomplete': the provider left out what would tell; 'unknown': no reader knows the kind; 'irrelevant': it tells nothing about sessions.",
    },
    { name: 'messages', type: 'count', description: 'How many.' },
    { name: 'last_at', type: 'time', description: 'When the latest came in.' },
    { name: 'hides', type: 'text', description: 'What cannot be seen for that.' },
    { name: 'remedy', type: 'text', description: 'What to switch on.' },
  ],
  summary: summaryOfAll(totals),
}
