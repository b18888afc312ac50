import { ConnectError } from '@connect/base';
import { AccountSessions } from '@connect/security/lib/node/account-sessions';
import { inject, injectable } from '@theia/core/shared/inversify';
import type { DiagnosisSubject } from '../../common/diagnosis/diagnosis-protocol';
import type { Job } from '../../common/transfer-protocol';
import { NetworkRoutes, type ProxyInUse } from '../network/network-routes';
import { socksAddress } from '../network/socks-address';
import { jobPaths } from '../submission';
import { TransferServiceImpl } from '../transfer-service';
import type { TestedFolder, TestTarget } from './test-target';

const DEFAULT_PORT = 33001;
/** More of the sources of a job are not looked at. */
const MAX_SOURCES = 5;

/** Finds out what a test has to try, and with what. */
@injectable()
export class TestTargets {
    @inject(AccountSessions) protected readonly accounts: AccountSessions;
    @inject(TransferServiceImpl) protected readonly transfers: TransferServiceImpl;
    @inject(NetworkRoutes) protected readonly routes: NetworkRoutes;

    /** Rejects with `transfer.job-unknown`, `security.account-unknown`, `security.account-invalid`, `not-supported`, `usage`. */
    async of(subject: DiagnosisSubject): Promise<TestTarget> {
        if (subject.kind === 'host') {
            return this.ofHost(subject);
        }
        if (subject.kind === 'account') {
            const { accountId, path } = subject;
            return this.ofAccount(accountId, [{ side: 'remote', path: path ?? '/', access: 'granted' }]);
        }
        const job = await this.transfers.job(String(subject.jobId));
        return this.ofAccount(job.accountId, foldersOf(job));
    }

    private async ofAccount(accountId: string, folders: readonly TestedFolder[]): Promise<TestTarget> {
        const { name, settings } = this.accounts.account(accountId);
        const server = await this.accounts.serverTarget(accountId);
        if (!server && settings.host) {
            // a product of another kind: as far as anybody comes who only knows where it is
            const sshPort = Number(settings.sshPort || DEFAULT_PORT);
            const target = await this.ofHost({ kind: 'host', host: settings.host, sshPort });
            return { ...target, subjectName: `${name} (${settings.host})`, accountId };
        }
        if (!server) {
            throw new ConnectError(
                'not-supported',
                `“${name}” is no transfer server: it cannot be tested yet`
            );
        }
        const { host, sshPort, udpPort, user, credentials } = server;
        return {
            subjectName: `${name} (${host})`,
            accountId,
            ...{ host, sshPort, udpPort },
            login: { user, credentials },
            trustedHostKey: this.accounts.trustedHostKey(host, sshPort),
            ...(await this.proxies(host, Object.values(credentials))),
            folders
        };
    }

    private async ofHost(subject: DiagnosisSubject & { readonly kind: 'host' }): Promise<TestTarget> {
        const host = String(subject.host).trim();
        if (!/^[^\s/@]{1,255}$/.test(host)) {
            throw new ConnectError('usage', 'A host is named by its name or its address');
        }
        const sshPort = checkPort(subject.sshPort ?? DEFAULT_PORT);
        return {
            subjectName: `${host} port ${sshPort}`,
            ...{ host, sshPort },
            trustedHostKey: this.accounts.trustedHostKey(host, sshPort),
            ...(await this.proxies(host, [])),
            folders: []
        };
    }

    private async proxies(
        host: string,
        secrets: ReadonlyArray<string | undefined>
    ): Promise<Pick<TestTarget, 'socksProxy' | 'dnatProxy' | 'httpProxy' | 'secrets'>> {
        const http = await this.routes.httpProxy(host);
        const fasp = await this.routes.faspProxy(host);
        const all = [...secrets, http?.password, fasp?.password];
        return {
            ...(fasp?.proxy.kind === 'socks5' ? { socksProxy: socksAddress(fasp) } : {}),
            ...(fasp?.proxy.kind === 'dnat' ? { dnatProxy: `${fasp.proxy.host}:${fasp.proxy.port}` } : {}),
            ...(http ? { httpProxy: urlOf(http) } : {}),
            secrets: all.filter(secret => secret !== undefined)
        };
    }

    /** Secrets that a text about this account may hold. */
    async secretsOf(accountId: string): Promise<readonly string[]> {
        const target = await this.accounts.serverTarget(accountId);
        const all: ReadonlyArray<string | undefined> = Object.values(target?.credentials ?? {});
        return all.filter(secret => secret !== undefined);
    }
}

/** Both ends of a job. */
function foldersOf(job: Job): TestedFolder[] {
    const { sources, destination } = jobPaths(job);
    const here = job.direction === 'send' ? ('local' as const) : ('remote' as const);
    const there = job.direction === 'send' ? ('remote' as const) : ('local' as const);
    const left = Math.max(0, job.bytesTotal - job.bytesDone);
    return [
        ...sources.slice(0, MAX_SOURCES).map(path => ({ side: here, path, access: 'read' as const })),
        {
            side: there,
            path: destination,
            access: 'write',
            ...(job.scanComplete ? { neededBytes: left } : {})
        }
    ];
}

function urlOf({ proxy: { host, port, user }, password }: ProxyInUse): URL {
    const url = new URL(`http://${host.includes(':') ? `[${host}]` : host}:${port}`);
    url.username = encodeURIComponent(user ?? '');
    url.password = encodeURIComponent(password ?? '');
    return url;
}

function checkPort(port: unknown): number {
    if (typeof port !== 'number' || !Number.isInteger(port) || port < 1 || port > 65_535) {
        throw new ConnectError('usage', 'A port is a number from 1 to 65535');
    }
    return port;
}
