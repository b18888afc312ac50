/** Name under which every secret of Connect stands in the OS keychain. */
export const CREDENTIAL_SERVICE = 'Connect';
