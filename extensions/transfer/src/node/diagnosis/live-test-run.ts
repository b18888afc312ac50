import { ConnectError, systemClock, type Clock } from '@connect/base';
import { HttpsEndpoint } from '@connect/transport/lib/http/https-endpoint';
import { SESSIONS_PATH } from '@connect/transport/lib/http/http-api';
import { hostKeyChanged } from '@connect/transport/lib/node/known-hosts';
import { SessionProbe, type ServerWords } from '@connect/transport/lib/node/session-probe';
import { SftpClient } from '@connect/transport/lib/node/sftp-client';
import { connectThroughSocks } from '@connect/transport/lib/node/socks-proxy';
import { connectSsh, type SshClient } from '@connect/transport/lib/node/ssh-channel';
import { randomUUID } from 'node:crypto';
import { connect as connectSocket, type Socket } from 'node:net';
import type { LiveTest } from '../../common/diagnosis/diagnosis-protocol';
import { pathEvidence } from '../../common/diagnosis/path-evidence';
import { observationOf, type StageId } from '../../common/diagnosis/stages';
import { checkFolders } from './folder-check';
import { TestSteps, type StepFindings } from './test-steps';
import type { TestTarget } from './test-target';

const PROXY_MS = 15_000;
const SSH_MS = 15_000;
const SESSION_MS = 10_000;
const UDP_MS = 5_000;
const HTTPS_MS = 8_000;
const FILES_MS = 10_000;
const DEFAULT_HTTPS_PORT = 8443;

/** How a login by SSH goes on, stage by stage. */
const AFTER: Partial<Record<StageId, StageId>> = { name: 'tcp', tcp: 'host-key', 'host-key': 'login' };

/**
 * Tries the way to a server now, with real sockets and the account's own login: name, TCP, host key, login, session, UDP,
 * HTTPS, folders. Nothing of it moves files, and each stage ends in time. Used once.
 */
export class LiveTestRun {
    readonly testId = randomUUID();
    private readonly abort = new AbortController();
    private readonly steps: TestSteps;
    private readonly startedMs: number;
    private endedMs: number | undefined;
    private socket: Socket | undefined;
    private isKeyOnly = false;

    /** @param tell after each change */
    constructor(
        private readonly target: TestTarget,
        private readonly tell: (test: LiveTest) => void,
        private readonly clock: Clock = systemClock
    ) {
        const ids: StageId[] = [
            ...(target.socksProxy || target.dnatProxy !== undefined ? (['proxy'] as const) : []),
            ...(target.socksProxy ? [] : (['name', 'tcp'] as const)),
            ...(['host-key', 'login', 'session', 'udp', 'https', 'permission', 'disk'] as const)
        ];
        this.startedMs = clock.wallNow();
        this.steps = new TestSteps(
            ids,
            this.abort.signal,
            () => this.tell(this.state),
            () => clock.wallNow()
        );
    }

    get state(): LiveTest {
        const { subjectName, accountId } = this.target;
        return {
            testId: this.testId,
            subjectName,
            ...(accountId === undefined ? {} : { accountId }),
            startedMs: this.startedMs,
            ...(this.endedMs === undefined ? {} : { endedMs: this.endedMs }),
            isCancelled: this.abort.signal.aborted,
            stages: this.steps.observations
        };
    }

    /** Ends soon. Idempotent. */
    cancel(): void {
        this.abort.abort();
        this.socket?.destroy();
    }

    /** Never rejects: what goes wrong is what it finds. */
    async run(): Promise<void> {
        this.tellDnat();
        const client = await this.logIn();
        const words = client && (await this.tryData(client));
        if (!this.target.login) {
            this.withoutLogin();
        }
        if (this.steps.isOk('name') || this.target.socksProxy) {
            await this.tryHttps(words);
        }
        await this.tryFolders(client);
        client?.end();
        this.socket?.destroy();
        this.endedMs = this.clock.wallNow();
        this.steps.finish();
        this.tell(this.state);
    }

    private tellDnat(): void {
        const { dnatProxy, host } = this.target;
        if (dnatProxy !== undefined) {
            const evidence = [
                `Not tested: the settings name the DNAT proxy ${dnatProxy}, which only ascp goes through`,
                `What follows is the way to ${host} without it`
            ];
            this.steps.set('proxy', { state: 'not-tested', evidence });
        }
    }

    private async logIn(): Promise<SshClient | undefined> {
        const { host, sshPort: port, login, socksProxy } = this.target;
        if (socksProxy && !(await this.throughProxy(socksProxy))) {
            return undefined;
        }
        this.steps.begin('name');
        try {
            this.socket ??= connectSocket({ host, port });
            return await connectSsh({
                ...{ host, port, socket: this.socket, timeoutMs: SSH_MS },
                user: login?.user ?? 'nobody',
                // without a login the connection ends at the host key, before this would be sent
                credentials: login?.credentials ?? { password: '' },
                checkHostKey: (_host, _port, fingerprint) => this.checkKey(fingerprint),
                onStage: report => {
                    if (this.isKeyOnly || this.abort.signal.aborted) {
                        return;
                    }
                    const { state, evidence, error } = observationOf(report, 0);
                    this.steps.set(report.stage, { state, evidence, ...(error ? { error } : {}) });
                    const next = AFTER[report.stage];
                    if (next && !error) {
                        this.steps.begin(next);
                    }
                }
            });
        } catch (error) {
            const failure = ConnectError.from(error);
            if (!this.isKeyOnly && !this.steps.observations.some(({ state }) => state === 'failed')) {
                this.steps.fail('login', failure);
            }
            return undefined;
        }
    }

    private async throughProxy(proxy: NonNullable<TestTarget['socksProxy']>): Promise<boolean> {
        const { host, sshPort } = this.target;
        const startMs = this.clock.now();
        return this.steps.run('proxy', PROXY_MS, async () => {
            this.socket = await connectThroughSocks(proxy, host, sshPort);
            const took = Math.round(this.clock.now() - startMs);
            return {
                evidence: [
                    `${proxy.host}:${proxy.port} connected to ${host} port ${sshPort} after ${took} ms`
                ]
            };
        });
    }

    /** The key is compared before anything of the login is said. */
    private checkKey(fingerprint: string): ConnectError | undefined {
        const { host, sshPort: port, trustedHostKey, login } = this.target;
        const data = { host, port, fingerprint };
        if (trustedHostKey === fingerprint && login) {
            return undefined;
        }
        if (trustedHostKey !== undefined && trustedHostKey !== fingerprint) {
            const { code, message } = hostKeyChanged(host, port, fingerprint);
            return new ConnectError(code, `${message}; you trust ${trustedHostKey}`, {
                ...data,
                trusted: trustedHostKey
            });
        }
        if (login) {
            const message = `The key of ${host} port ${port} is not known yet: ${fingerprint}`;
            return new ConnectError('transfer.host-key-unknown', message, data);
        }
        this.isKeyOnly = true;
        const isKnown = trustedHostKey === fingerprint;
        this.steps.set('host-key', {
            state: isKnown ? 'ok' : 'not-tested',
            evidence: [
                isKnown
                    ? `${fingerprint} is the key you trust`
                    : `The host shows ${fingerprint}, which nobody has confirmed yet`
            ]
        });
        return new ConnectError('cancelled', 'Only the key was asked for');
    }

    private withoutLogin(): void {
        const evidence = ['Not tested: there is no account for this host to log in with'];
        for (const stage of ['login', 'session', 'udp', 'permission', 'disk'] as const) {
            if (!this.steps.observations.some(({ state }) => state === 'failed')) {
                this.steps.set(stage, { state: 'not-tested', evidence });
            }
        }
    }

    private async tryData(client: SshClient): Promise<ServerWords | undefined> {
        const { udpPort, socksProxy, host } = this.target;
        const probe = new SessionProbe(client, {
            address: this.socket?.remoteAddress && !socksProxy ? this.socket.remoteAddress : host,
            udpPort,
            ...(socksProxy ? { socksProxy } : {}),
            ...{ helloMs: SESSION_MS, udpMs: UDP_MS },
            signal: this.abort.signal
        });
        let words: ServerWords | undefined;
        try {
            const isOpen = await this.steps.run('session', 2 * SESSION_MS, async () => {
                words = await probe.open();
                return sessionFindings(words);
            });
            if (isOpen && words) {
                await this.tryUdp(probe, words);
            }
        } finally {
            probe.close();
        }
        return words;
    }

    private async tryUdp(probe: SessionProbe, words: ServerWords): Promise<void> {
        const place = `${words.udpAddress} port ${words.udpPort}`;
        await this.steps.run('udp', SESSION_MS + 2 * UDP_MS, async () => {
            const findings = await probe.probePath(words);
            const evidence = pathEvidence(place, findings);
            if (findings.packetsArrived > 0) {
                return { evidence };
            }
            const error = new ConnectError('transfer.udp-blocked', evidence[0]);
            return { state: 'failed', evidence, error: error.toWire() };
        });
    }

    private async tryHttps(words: ServerWords | undefined): Promise<void> {
        if (words && !words.https) {
            this.steps.set('https', {
                state: 'not-tested',
                evidence: ['Not configured: the server offers no HTTPS']
            });
            return;
        }
        const { host, httpProxy } = this.target;
        const port = words?.https?.port ?? DEFAULT_HTTPS_PORT;
        const fingerprint = words?.https?.fingerprint;
        const endpoint = new HttpsEndpoint({
            host,
            port,
            ...(fingerprint === undefined ? {} : { fingerprint }),
            ...(httpProxy ? { proxy: httpProxy } : {})
        });
        const through = httpProxy ? ` through proxy ${httpProxy.host}` : '';
        const startMs = this.clock.now();
        await this.steps.run('https', HTTPS_MS, async () => {
            const took = (): string => `after ${Math.round(this.clock.now() - startMs)} ms`;
            try {
                const { status } = await endpoint.ask('GET', SESSIONS_PATH, {});
                const isKnown = fingerprint === undefined ? '' : ', with the certificate that SSH has told';
                return {
                    evidence: [
                        `${host} port ${port}${through} answered ${took()} (status ${status})${isKnown}`
                    ]
                };
            } catch (error) {
                // it answers, which is what was asked
                if (fingerprint === undefined && ConnectError.is(error, 'transfer.host-key-unknown')) {
                    const why = 'its certificate is known only after a login by SSH';
                    return { evidence: [`${host} port ${port}${through} answers ${took()}; ${why}`] };
                }
                throw error;
            }
        });
        endpoint.close();
    }

    private async tryFolders(client: SshClient | undefined): Promise<void> {
        const { folders } = this.target;
        const needsClient = folders.some(({ side }) => side === 'remote');
        if (this.abort.signal.aborted || (needsClient && !client)) {
            return;
        }
        if (folders.length === 0) {
            const evidence = ['Not tested: no folder was named'];
            if (client) {
                this.steps.set('permission', { state: 'not-tested', evidence });
                this.steps.set('disk', { state: 'not-tested', evidence });
            }
            return;
        }
        let sftp: SftpClient | undefined;
        let disk: StepFindings = {};
        await this.steps.run('permission', FILES_MS, async () => {
            sftp = client && needsClient ? await SftpClient.open(client, FILES_MS) : undefined;
            const found = await checkFolders(folders, sftp);
            disk = found.disk;
            return found.permission;
        });
        if (this.steps.isOk('permission')) {
            this.steps.set('disk', disk);
        }
        sftp?.close();
    }
}

function sessionFindings({ software, caps, https }: ServerWords): StepFindings {
    const { upload, download } = caps.permissions;
    const granted = [upload ? 'upload' : '', download ? 'download' : ''].filter(name => name !== '');
    return {
        evidence: [
            `${software} began a session`,
            granted.length > 0 ? `Grants ${granted.join(' and ')}` : 'Grants neither upload nor download',
            ...(https ? [`Answers by HTTPS at port ${https.port}`] : [])
        ],
        ...(https ? { https } : {})
    };
}
