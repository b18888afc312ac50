import type { AccountSession, TransferEndpoint } from '@connect/api';
import { AccountSessions } from '@connect/security/lib/node/account-sessions';
import { ConnectDatabaseStore } from '@connect/security/lib/node/connect-database-store';
import { ConnectHome } from '@connect/security/lib/node/connect-home';
import { CredentialStore } from '@connect/security/lib/node/credential-store';
import {
    transferPreferenceSchema,
    TransferPreferences
} from '@connect/transfer/lib/common/transfer-preferences';
import type { Job } from '@connect/transfer/lib/common/transfer-protocol';
import transferModule from '@connect/transfer/lib/node/transfer-backend-module';
import { ConnectLogBook } from '@connect/transfer/lib/node/logs/connect-log-book';
import { TransferServiceImpl } from '@connect/transfer/lib/node/transfer-service';
import { Emitter } from '@theia/core/lib/common/event';
import { ILogger } from '@theia/core/lib/common/logger';
import { PreferenceService } from '@theia/core/lib/common/preferences/preference-service';
import { MockLogger } from '@theia/core/lib/common/test/mock-logger';
import { Container } from '@theia/core/shared/inversify';
import { join } from 'node:path';
import { PASSWORD, TransferBench } from './transfer-bench';

const ACCOUNT_ID = 'bench';

/** The transfer backend with its own settings and one account, on the server of a bench; no window, no Theia. */
export class TransferBackend {
    readonly container = new Container();
    readonly settings: Record<string, unknown> = {};
    private readonly changed = new Emitter<object>();

    constructor(
        private readonly bench: TransferBench,
        private readonly udpPort = bench.address.udpPort
    ) {
        const { container } = this;
        container.load(transferModule);
        const home = Object.assign(new ConnectHome(), { root: join(bench.folder, 'backend') });
        container.bind(ConnectHome).toConstantValue(home);
        container.bind(ConnectDatabaseStore).toSelf().inSingletonScope();
        container.bind(CredentialStore).toSelf().inSingletonScope();
        container.bind(AccountSessions).toConstantValue(this.accounts());
        container.bind(ILogger).to(MockLogger);
        container.bind(PreferenceService).toConstantValue({
            get: (name: string, otherwise: unknown) => this.settings[name] ?? otherwise
        } as unknown as PreferenceService);
        container.rebind(TransferPreferences).toConstantValue(this.preferences());
        this.service.onStart();
    }

    get service(): TransferServiceImpl {
        return this.container.get(TransferServiceImpl);
    }

    /** Changes a setting, as a window would. */
    set(name: string, value: unknown): void {
        this.settings[name] = value;
        this.changed.fire({ preferenceName: name });
    }

    /** Uploads a local file and resolves with the job when nothing more will happen to it. */
    async upload(file: string, target: string): Promise<Job> {
        const [{ id }] = await this.service.submit({
            sources: [`file://${file}`],
            target: `connect://${ACCOUNT_ID}${target}`
        });
        return this.settled(id);
    }

    /** The job, when nothing more will happen to it by itself. */
    async settled(id: string): Promise<Job> {
        for (;;) {
            const job = (await this.service.snapshot()).jobs.find(each => each.id === id)!;
            if (['completed', 'failed', 'needs-user', 'stopped'].includes(job.state)) {
                return job;
            }
            await new Promise(resolve => setTimeout(resolve, 50));
        }
    }

    /** The last lines of the log of transfers. */
    get log(): string {
        return this.container.get(ConnectLogBook).lastLines('transfer').join('\n');
    }

    dispose(): void {
        this.service.onStop();
        this.container.get(ConnectDatabaseStore).close();
        this.container.get(ConnectLogBook).close();
    }

    private preferences(): TransferPreferences {
        const { settings, changed } = this;
        const own: Record<string, unknown> = { ready: Promise.resolve(), onPreferenceChanged: changed.event };
        return new Proxy({} as TransferPreferences, {
            get: (_target, name) =>
                own[name as string] ??
                settings[name as string] ??
                transferPreferenceSchema.properties[name as string]?.default
        });
    }

    private accounts(): AccountSessions {
        const { host, address } = this.bench;
        const endpoint: TransferEndpoint = {
            host,
            sshPort: address.sshPort,
            udpPort: this.udpPort,
            user: 'ana',
            hostKeyFingerprint: address.fingerprint
        };
        const session: AccountSession = {
            transferEndpoint: async () => ({ endpoint, credentials: { password: PASSWORD } }),
            dispose: () => undefined
        };
        return {
            onDidRemoveAccount: new Emitter<string>().event,
            stages: () => [],
            serverTarget: async () => ({ ...endpoint, credentials: { password: PASSWORD } }),
            account: () => ({ id: ACCOUNT_ID, name: 'Bench', typeId: 'transfer-server', settings: { host } }),
            reset: async () => undefined,
            session: async () => session
        } as unknown as AccountSessions;
    }
}
