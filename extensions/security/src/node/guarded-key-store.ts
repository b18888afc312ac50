import { KeyStoreServiceImpl } from '@theia/core/lib/node/key-store-server';
import { injectable } from '@theia/core/shared/inversify';
import { CREDENTIAL_SERVICE } from './credential-service-name';

/**
 * Theia offers its key store to every piece of frontend code. This one refuses the entries of Connect, whose secrets
 * never leave the backend.
 */
@injectable()
export class GuardedKeyStore extends KeyStoreServiceImpl {
    override async setPassword(service: string, account: string, password: string): Promise<void> {
        refuseOwn(service);
        return super.setPassword(service, account, password);
    }

    override async getPassword(service: string, account: string): Promise<string | undefined> {
        refuseOwn(service);
        return super.getPassword(service, account);
    }

    override async deletePassword(service: string, account: string): Promise<boolean> {
        refuseOwn(service);
        return super.deletePassword(service, account);
    }

    override async findPassword(service: string): Promise<string | undefined> {
        refuseOwn(service);
        return super.findPassword(service);
    }

    override async findCredentials(service: string): Promise<Array<{ account: string; password: string }>> {
        refuseOwn(service);
        return super.findCredentials(service);
    }

    override async keys(service: string): Promise<string[]> {
        refuseOwn(service);
        return super.keys(service);
    }
}

/** Some keychains compare names without case, and the value comes from outside: anything but a string is refused too. */
function refuseOwn(service: unknown): void {
    if (typeof service !== 'string' || service.trim().toLowerCase() === CREDENTIAL_SERVICE.toLowerCase()) {
        throw new Error('This part of the keychain is not open to windows.');
    }
}
