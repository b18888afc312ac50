import { ConnectError } from '@connect/base';
import { ILogger } from '@theia/core/lib/common/logger';
import { BackendApplicationContribution } from '@theia/core/lib/node/backend-application';
import { inject, injectable, named } from '@theia/core/shared/inversify';
import { DemoSettings, parseDemoSettings } from '../common/demo-settings';
import { AccountServiceImpl } from './account-service-impl';
import { AccountSessions } from './account-sessions';
import { AccountStore } from './account-store';
import { CredentialStore } from './credential-store';
import { HostKeyStore } from './host-key-store';

/** The same at every start, so that what refers to the account stays valid. */
export const DEMO_ACCOUNT_ID = 'demo';
/** What the form of an account type must ask for so that the demo server can be one of its accounts. */
const DEMO_OPTIONS = ['host', 'sshPort', 'udpPort', 'user', 'password'];

/** Message to the process that started the backend: the demo account's password could not be kept. */
export const DEMO_PASSWORD_DROPPED = 'connect-demo-password-dropped';

/** Takes the description of the demo server out of `env`, so that no child process and no window ever sees it. */
export function takeDemoSettings(env: NodeJS.ProcessEnv): string | undefined {
    const text = env.CONNECT_DEMO;
    delete env.CONNECT_DEMO;
    return text;
}

/** Text of the demo server's description, if the backend was started with one. */
export const DemoSettingsText = Symbol('DemoSettingsText');
export interface DemoSettingsText {
    readonly text: string | undefined;
}

/**
 * Makes the account of the demo server when the app was started together with one. Its password goes into the
 * keychain when there is one; else it is dropped here and asked for like any other.
 */
@injectable()
export class DemoAccount implements BackendApplicationContribution {
    @inject(DemoSettingsText) protected readonly source: DemoSettingsText;
    @inject(AccountStore) protected readonly accounts: AccountStore;
    @inject(AccountSessions) protected readonly sessions: AccountSessions;
    @inject(AccountServiceImpl) protected readonly service: AccountServiceImpl;
    @inject(CredentialStore) protected readonly credentials: CredentialStore;
    @inject(ILogger) @named('connect:security') protected readonly logger: ILogger;
    @inject(HostKeyStore) protected readonly hostKeys: HostKeyStore;

    /** Not awaited by the start of the backend: a keychain may take seconds to say that it is locked. */
    initialize(): void {
        this.prepare().catch(error => this.logger.error('Could not prepare the demo account', error));
    }

    /** Makes or updates the account; resolves once its password is in the keychain or dropped. */
    async prepare(): Promise<void> {
        if (this.source.text !== undefined) {
            await this.make(parseDemoSettings(this.source.text));
        }
        await this.service.forgetRemoved();
    }

    private async make(demo: DemoSettings): Promise<void> {
        const type = this.sessions
            .types()
            .find(({ options }) => DEMO_OPTIONS.every(key => options.some(option => option.key === key)));
        if (!type) {
            throw new ConnectError(
                'not-supported',
                'No extension brings accounts for a server like the demo server.'
            );
        }
        const settings = {
            host: demo.host,
            sshPort: String(demo.sshPort),
            udpPort: String(demo.udpPort),
            user: demo.user
        };
        this.accounts.save({ id: DEMO_ACCOUNT_ID, name: demo.name, typeId: type.id, settings });
        this.hostKeys.trust(demo.host, demo.sshPort, demo.fingerprint);
        if ((await this.credentials.keychain()).available) {
            await this.credentials.write(DEMO_ACCOUNT_ID, { password: demo.password }, true);
        } else {
            // whoever started the backend knows the password and can show it in the terminal
            process.send?.({ type: DEMO_PASSWORD_DROPPED });
        }
        await this.sessions.reset(DEMO_ACCOUNT_ID);
        this.service.announce();
    }
}
