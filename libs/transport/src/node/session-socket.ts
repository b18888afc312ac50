import { connect, Socket } from 'node:net';
import type { SessionClientOptions } from './session-client';
import type { SessionStages } from './session-stages';
import type { SshOptions } from './ssh-channel';

/**
 * Options of the login of a session, with its connection: through the proxy, begun early, or begun now.
 * @throws ConnectError what the proxy says
 */
export async function loginOf(
    { ssh, socksProxy, early }: SessionClientOptions,
    stages: SessionStages
): Promise<SshOptions & { readonly socket: Socket }> {
    const begun = socksProxy ? undefined : early?.take();
    let socket = begun;
    if (socksProxy) {
        // loaded by those who have one
        const { connectThroughSocks } = await import('./socks-proxy');
        socket = await stages.proxy(socksProxy, connectThroughSocks(socksProxy, ssh.host, ssh.port));
    }
    socket ??= connect({ host: ssh.host, port: ssh.port });
    // the login tells of it; one that is refused before it begins leaves nobody to hear
    socket.on('error', () => undefined);
    return { ...ssh, socket, isEarly: begun !== undefined, onStage: stages.tell };
}
