import type { FaspProxy, ProxyAddress } from '@connect/api';
import { ConnectError } from '@connect/base';
import { connectThroughSocks, openSocksRelay } from '@connect/transport/lib/node/socks-proxy';
import { certificateFingerprint } from '@connect/transport/lib/node/trusted-tls';
import { lookup } from 'node:dns/promises';
import { request } from 'node:http';
import { connect, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { ProxyReport, ProxyStage } from '../../common/network-protocol';
import type { ProxyInUse } from './network-routes';
import { socksAddress } from './socks-address';

/** The server that a test reaches through the proxy. */
export interface TestTarget {
    readonly host: string;
    readonly port: number;
}

/** A step that does not end in this time has failed. */
const STAGE_MS = 10_000;

/** What helps when a step fails. */
const REMEDIES = {
    name: 'Check the spelling of the proxy’s name.',
    port: 'Check host and port, and that the proxy runs and a firewall lets you through to it.',
    login: 'Check user name and password of the proxy.',
    certificate:
        'Compare the fingerprint of the certificate with the one that the proxy’s administrator gave you.',
    target: 'Ask the proxy’s administrator to let you through to that server and port; check that the server runs.',
    server: 'Something else answers on that port: check the port of the server.',
    udp: 'This proxy relays no UDP: ask its administrator for UDP ASSOCIATE. Transfers go on over HTTPS meanwhile.'
} as const;

/** Ends a test: the step that failed, and what helps. */
class StageFailure extends Error {
    constructor(
        readonly stage: string,
        text: string,
        readonly remedy: string
    ) {
        super(text);
    }
}

type Stages = ProxyStage[];

/** CONNECT to the target, and the beginning of TLS with it. */
export function testHttpProxy({ proxy, password }: ProxyInUse, target: TestTarget): Promise<ProxyReport> {
    return report(async stages => {
        await reach(proxy, stages);
        const socket = await tunnel(proxy, password, target);
        stages.push(ok('Proxy', `connects to ${named(target)}`));
        try {
            stages.push(ok('Server', `speaks TLS, certificate ${await certificateOf(socket)}`));
        } finally {
            socket.destroy();
        }
        return undefined;
    });
}

/** CONNECT to the target's SSH, and a relay for UDP. */
export function testFaspProxy(
    { proxy, password }: ProxyInUse<FaspProxy>,
    target: TestTarget
): Promise<ProxyReport> {
    return report(async stages => {
        await reach(proxy, stages);
        if (proxy.kind === 'dnat') {
            return 'Only ascp speaks with a proxy of this kind: login and forwarding are tried by the first transfer.';
        }
        const address = socksAddress({ proxy, password });
        const socket = await connectThroughSocks(address, target.host, target.port).catch(refused('Proxy'));
        stages.push(ok('Proxy', `${proxy.secure ? 'TLS; ' : ''}connects to ${named(target)}`));
        try {
            stages.push(ok('Server', await greeting(socket)));
        } finally {
            socket.destroy();
        }
        const relay = await openSocksRelay(address).catch(refused('UDP'));
        stages.push(ok('UDP', `relayed by ${named(relay)}`));
        relay.close();
        return undefined;
    });
}

async function report(work: (stages: Stages) => Promise<string | undefined>): Promise<ProxyReport> {
    const stages: Stages = [];
    try {
        const note = await work(stages);
        return note === undefined ? { stages } : { stages, note };
    } catch (error) {
        if (!(error instanceof StageFailure)) {
            throw error;
        }
        stages.push({ name: error.stage, isOk: false, text: error.message });
        return { stages, remedy: error.remedy };
    }
}

/** The two steps that every proxy begins with. */
async function reach(proxy: ProxyAddress, stages: Stages): Promise<void> {
    if (isIP(proxy.host) === 0) {
        const { address } = await lookup(proxy.host).catch((error: Error) => {
            throw new StageFailure('Name', `${proxy.host} is not known (${error.message})`, REMEDIES.name);
        });
        stages.push(ok('Name', `${proxy.host} is ${address}`));
    }
    const socket = connect({ host: proxy.host, port: proxy.port });
    try {
        await inTime<void>('Connection', REMEDIES.port, (resolve, reject) => {
            socket.once('connect', resolve).once('error', reject);
        });
    } finally {
        socket.destroy();
    }
    stages.push(ok('Connection', `to ${named(proxy)}`));
}

function tunnel(proxy: ProxyAddress, password: string | undefined, target: TestTarget): Promise<Socket> {
    const path = named(target);
    const login = Buffer.from(`${proxy.user}:${password ?? ''}`).toString('base64');
    const headers = proxy.user === undefined ? {} : { 'proxy-authorization': `Basic ${login}` };
    return inTime('Proxy', REMEDIES.target, (resolve, reject) => {
        const asked = request({
            ...{ method: 'CONNECT', host: proxy.host, port: proxy.port, path, agent: false },
            headers: { host: path, ...headers }
        });
        asked.once('connect', ({ statusCode = 0 }, socket: Socket) => {
            if (statusCode === 200) {
                resolve(socket);
                return;
            }
            socket.destroy();
            reject(
                statusCode === 407
                    ? new StageFailure('Proxy', 'wants another login (407)', REMEDIES.login)
                    : new StageFailure(
                          'Proxy',
                          `does not connect to ${path} (${statusCode})`,
                          REMEDIES.target
                      )
            );
        });
        asked.once('error', reject);
        asked.end();
    });
}

/** Nothing is sent but the handshake, so it does not matter who answers. */
function certificateOf(socket: Socket): Promise<string> {
    return inTime('Server', REMEDIES.server, (resolve, reject) => {
        const secure = connectTls({ socket, rejectUnauthorized: false });
        secure.once('error', reject);
        secure.once('secureConnect', () => {
            const certificate = secure.getPeerX509Certificate();
            resolve(certificate ? certificateFingerprint(certificate.raw) : 'none');
        });
    });
}

/** The first line of SSH: RFC 4253 §4.2. */
function greeting(socket: Socket): Promise<string> {
    return inTime('Server', REMEDIES.server, (resolve, reject) => {
        let said = '';
        socket.setEncoding('latin1').on('data', text => {
            said += String(text);
            const line = /^(SSH-[\x20-\x7e]{1,250})\r?\n/m.exec(said);
            if (line) {
                resolve(`answers with ${line[1].trim()}`);
            } else if (said.length > 10_000) {
                reject(new Error('it does not speak SSH'));
            }
        });
        socket.once('close', () => reject(new Error('it hangs up without a word of SSH')));
        socket.once('error', reject);
    });
}

function refused(stage: 'Proxy' | 'UDP'): (error: unknown) => never {
    return error => {
        const { code, message, cause } = ConnectError.from(error);
        const isLogin = code === 'transfer.proxy-refused';
        const isCertificate = isLogin && (cause instanceof ConnectError || /certificate/i.test(message));
        const remedy = isCertificate
            ? REMEDIES.certificate
            : isLogin
              ? REMEDIES.login
              : stage === 'UDP'
                ? REMEDIES.udp
                : REMEDIES.target;
        throw new StageFailure(stage, message, remedy);
    };
}

/** Failures of a step, and no end of it in time, become its {@link StageFailure}. */
async function inTime<T>(
    stage: string,
    remedy: string,
    work: (resolve: (value: T) => void, reject: (error: Error) => void) => void
): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    try {
        return await new Promise<T>((resolve, reject) => {
            timer = setTimeout(
                () => reject(new Error(`nothing within ${STAGE_MS / 1000} seconds`)),
                STAGE_MS
            );
            work(resolve, reject);
        });
    } catch (error) {
        throw error instanceof StageFailure
            ? error
            : new StageFailure(stage, (error as Error).message, remedy);
    } finally {
        clearTimeout(timer);
    }
}

function ok(name: string, text: string): ProxyStage {
    return { name, isOk: true, text };
}

function named({ host, port }: { readonly host: string; readonly port: number }): string {
    return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}
