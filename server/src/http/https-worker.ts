import { ConnectError } from '@connect/base';
import { LogData } from '../log';
import { HttpsListener } from './https-listener';
import { FromHttps, HttpsLaunch, LoginAnswer, LoginRefusal, SessionGrant, ToHttps } from './https-messages';
import { LoginClaim } from './login-header';

/** How long sessions may take to put their files in order at the end. */
const END_WITHIN_MS = 8000;

/** The process of connect-server that speaks HTTPS. It lives as long as its channel to connect-server. */
export async function serveHttps(software: string): Promise<void> {
    const questions = new Map<number, (answer: LoginAnswer) => void>();
    let nextQuestion = 0;
    let listener: HttpsListener | undefined;
    const tell = (message: FromHttps): void => {
        if (process.connected) {
            // connect-server that goes away is seen by `disconnect`
            process.send!(message, undefined, undefined, () => undefined);
        }
    };
    const log = (event: string, data: LogData = {}): void => tell({ type: 'log', event, data });
    const login = async (claim: LoginClaim, address: string): Promise<SessionGrant | LoginRefusal> => {
        const id = nextQuestion++;
        const answer = await new Promise<LoginAnswer>(resolve => {
            questions.set(id, resolve);
            tell({ type: 'login', id, ...claim, address });
        });
        questions.delete(id);
        return answer.grant ?? answer.refused ?? 'wrong';
    };
    const onSessionOver = ({ user }: SessionGrant): void => tell({ type: 'session-over', user });
    const launch = async ({ host, port, identity, limits }: HttpsLaunch): Promise<void> => {
        try {
            listener = new HttpsListener(identity, limits, { login, onSessionOver, software, log });
            tell({ type: 'listening', port: await listener.listen(host, port) });
        } catch (error) {
            tell({ type: 'not-listening', reason: ConnectError.from(error).message });
        }
    };
    const end = (code: number): void => {
        setTimeout(() => process.exit(1), END_WITHIN_MS).unref();
        void (listener?.close() ?? Promise.resolve()).then(() => process.exit(code));
    };
    process.on('message', (message: ToHttps) => {
        if (message.type === 'launch') {
            void launch(message);
        } else if (message.type === 'identity') {
            listener?.setIdentity(message.identity);
        } else {
            questions.get(message.id)?.(message);
        }
    });
    process.once('disconnect', () => end(0));
    process.once('SIGTERM', () => end(0));
    // that of a terminal goes to all its processes: connect-server decides
    process.on('SIGINT', () => undefined);
    // a defect ends the sessions of this process, in order, and no other ones; connect-server starts it anew
    process.once('uncaughtException', error => {
        log('https-defect', { reason: error.stack ?? error.message });
        end(1);
    });
    await new Promise(() => undefined);
}
