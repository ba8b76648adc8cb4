import { Type } from 'typebox'

/** Nothing is called, so there is nothing to set. */
export const Settings = Type.Object({}, { additionalProperties: false })
