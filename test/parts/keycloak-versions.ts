/** The versions that the tests run on: an older one that is still in use, and a current one. */
export const KEYCLOAK_VERSIONS = ['26.4.5', '26.7.3'] as const

export type KeycloakVersion = (typeof KEYCLOAK_VERSIONS)[number]

/** The folder of `kcadm.sh`, one for all versions, among the fetched parts. */
export const KCADM_FOLDER = 'kcadm-26.7.3'

/** The folder of a version among the fetched parts. */
export const keycloakFolder = (version: KeycloakVersion): string => `keycloak-${version}`
