/** Name of the SFTP extension that tells a user's permissions; see docs/formats/sftp-extensions.md. */
export const PERMISSIONS_EXTENSION = 'permissions@connect';

const NAMES = ['browse', 'download', 'upload', 'mkdir', 'rename', 'delete'] as const;

/** What a user may do on a server. */
export type SftpPermissions = Readonly<Record<(typeof NAMES)[number], boolean>>;

/** The extension's data: names of what is granted, in a fixed order. */
export function formatPermissions(permissions: SftpPermissions): string {
    return NAMES.filter(name => permissions[name]).join(',');
}

/**
 * What the extension's data grants. Names that are not known are left out, so that later ones do no harm. Without the
 * extension everything may be tried: plain SFTP servers do not tell.
 */
export function parsePermissions(data: string | undefined): SftpPermissions {
    const granted: readonly string[] = data === undefined ? NAMES : data.split(',');
    const isGranted = (name: string): boolean => granted.includes(name);
    return Object.fromEntries(NAMES.map(name => [name, isGranted(name)])) as SftpPermissions;
}
