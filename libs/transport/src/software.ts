/** Bundlers put the file's content here, so that a program in one file knows its version, too. */
const { version } = require('../package.json') as { readonly version: string };

/** Version of this program, as in its package. */
export const SOFTWARE_VERSION: string = version;
/** Name and version, for logs, `--version` and the other end of a session. */
export const SOFTWARE = `connect-cp ${SOFTWARE_VERSION}`;
