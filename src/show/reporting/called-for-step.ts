/**
 * Steps of reports: by which order each session was called for last (`call`: when that order began, when
 * the call was made, which causes it answered), the causes that orders before it had answered, and who
 * approved one. `which` is a condition over `order_steps`. Named places: tenant, as_of.
 */
export const calledForStep = (which: string): string => `orders as
  (
    select
      session_key, incarnation, order_id,
      min((s.epoch, s.at, s.seq)) as opened,
      maxIf((s.epoch, s.at, s.seq), s.state = 'dispatching') as called,
      argMaxIf(s.cause_ids, (s.epoch, s.at, s.seq), s.state = 'dispatching') as answering,
      groupUniqArrayArray(s.cause_ids) as answers,
      maxIf((s.epoch, s.at, s.seq), s.state = 'queued' and s.actor != 'curfew') as approved,
      argMaxIf(s.actor, (s.epoch, s.at, s.seq), s.state = 'queued' and s.actor != 'curfew') as approver
    from order_steps as s
    where tenant = {tenant:String} and s.at <= {as_of:DateTime64(3)} and ${which}
    group by session_key, incarnation, order_id
  ),
  -- By which order a session was called for last, and what earlier ones had answered.
  called_for as
  (
    select
      session_key, incarnation,
      argMax((o.opened, o.called.2, o.answering), o.called) as call,
      arrayFlatten(arrayMap(e -> e.2, arrayFilter(e -> e.1 < call.1, groupArray((o.opened, o.answers))))) as answered,
      argMaxIf(o.approver, o.approved, o.approver != '') as approver
    from orders as o
    group by session_key, incarnation
  )`
