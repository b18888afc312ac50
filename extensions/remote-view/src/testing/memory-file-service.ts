import { AccountSession, RemoteFileSystem } from '@connect/api';
import { ConnectError } from '@connect/base';
import { AccountSessions } from '@connect/security/lib/node/account-sessions';
import { RemoteFileServiceImpl } from '../node/remote-file-service-impl';

/** The real service over file systems given by account id, without accounts, secrets and connections. */
export class MemoryFileService extends RemoteFileServiceImpl {
    protected override readonly sessions: AccountSessions;
    /** Ids of accounts that {@link disconnect} was called for. */
    readonly disconnected: string[] = [];

    constructor(accounts: ReadonlyMap<string, RemoteFileSystem>) {
        super();
        const session = async (accountId: string): Promise<AccountSession> => {
            const files = accounts.get(accountId);
            if (!files) {
                throw new ConnectError('security.account-unknown', 'This account was removed.');
            }
            return { files, dispose: () => undefined };
        };
        const reset = async (accountId: string): Promise<void> => {
            this.disconnected.push(accountId);
        };
        this.sessions = { session, reset } as unknown as AccountSessions;
    }
}
