/** A step of reports: the clear name of each subject, by instance and reference. */
export const peopleStep = `people as
  (
    select instance, subject_ref, max(if(email.2 != '', email.2, subject_id)) as name
    from identities
    where tenant = {tenant:String}
    group by instance, subject_ref
  )`
