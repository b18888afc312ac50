import { ConnectError } from '@connect/base';
import { SessionCaps, SessionOptions, TransferParams } from './control-protocol';
import { SessionPermissions } from './session-launch';

/**
 * @param permissions of the user; undefined where the system decides alone
 * @throws ConnectError `transfer.direction-forbidden`, `files.permission-denied`, `not-supported`
 */
export function checkPermission(params: TransferParams, permissions: SessionPermissions | undefined): void {
    const { direction, options, requested } = params;
    if (permissions && !permissions[direction]) {
        const message = `The server does not grant this user any ${direction}`;
        throw new ConnectError('transfer.direction-forbidden', message, { direction });
    }
    if (direction === 'upload' || !options.removal) {
        return;
    }
    if (permissions && !permissions.delete) {
        throw new ConnectError('files.permission-denied', 'The server does not let this user remove files');
    }
    if (requested) {
        throw new ConnectError('not-supported', 'Several sessions do not remove their sources');
    }
}

/** @param keeps whether the server says that it knows of this. @throws ConnectError `not-supported` */
export function requireKeeping(keep: SessionOptions['keep'], keeps: boolean | undefined): void {
    if (keep && keeps !== true) {
        throw new ConnectError('not-supported', 'The server is too old to keep access times and owners');
    }
}

/**
 * A far end that does not tell who may delete knows nothing of rules for sources: it would send everything, and remove
 * nothing. @throws ConnectError `not-supported`
 */
export function checkSourceRules(
    direction: TransferParams['direction'],
    { selection, removal, keep }: SessionOptions,
    caps: Partial<SessionCaps> | undefined
): void {
    requireKeeping(keep, caps?.keeps);
    const isAsked = direction === 'download' && (selection ?? removal) !== undefined;
    if (isAsked && typeof caps?.permissions?.delete !== 'boolean') {
        throw new ConnectError('not-supported', 'The server is too old to filter or remove what it sends');
    }
}
