/**
 * Event types of the System Log that are known and not read, each with the reason. Whatever stands neither
 * here nor among the readers is counted as unknown.
 */
export const ignoredTypes: { readonly [type: string]: string } = {
  'app.oauth2.token.revoke': 'names a token, and not the session that it belongs to',
  'policy.evaluate_sign_on': 'is a step of a sign-in, which has an event of its own',
  'user.authentication.auth_via_mfa': 'is a step of a sign-in, which has an event of its own',
  'user.authentication.verify': 'is a step of a sign-in, which has an event of its own',
  'user.lifecycle.activate': 'gives access and takes none',
  'user.lifecycle.create': 'gives access and takes none',
  'user.lifecycle.reactivate': 'gives access and takes none',
  'user.lifecycle.unsuspend': 'gives access and takes none',
}
