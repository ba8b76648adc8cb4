/** The causes of a tenant; of duplicates the one that may act. Parameter: tenant. */
export const causesOnce = `select * from causes where tenant = {tenant:String}
      order by not may_act, row_commit
      limit 1 by instance, cause_id`
