import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { parseCommandLine, TransferCommand } from '@connect/transport/lib/cli/options';
import { sharedFacts } from '@connect/transport/lib/cli/joining-session';
import { MessageLink } from '@connect/transport/lib/node/multi/message-link';
import { Rendezvous, rendezvousPath } from '@connect/transport/lib/node/multi/rendezvous';
import { FromWorker, ToWorker } from '@connect/transport/lib/node/multi/worker-messages';
import { CONNECT_CP, Finished, run } from '../support/processes';
import { PASSWORD, TransferBench } from '../support/transfer-bench';
import { makeSmallFiles } from '../support/trees';

/** A real session and server; the process that coordinates is played here, as it ends at the worst of moments. */
describe('a session that comes when the others have done everything', function () {
    this.timeout(60_000);
    let bench: TransferBench;

    before(async () => {
        bench = await TransferBench.start();
        makeSmallFiles(join(bench.local, 'tree'), 3, 42, 1000);
        makeSmallFiles(join(bench.root, 'tree'), 3, 42, 1000);
    });

    after(() => bench?.dispose());

    /** Starts number 2 of two; `coordinate` answers it. */
    async function join2(
        direction: 'send' | 'recv',
        coordinate: (link: MessageLink<ToWorker, FromWorker>, message: FromWorker) => void
    ): Promise<Finished> {
        const { sshPort, fingerprint } = bench.address;
        const paths = direction === 'send' ? [join(bench.local, 'tree'), '/'] : ['/tree', bench.local];
        const host = ['-P', String(sshPort), '--host', '127.0.0.1', '--check-sshfp', fingerprint];
        const args = ['-C', '2:2', '--user', 'ana', `--mode=${direction}`, ...host, ...paths];
        const env = {
            ...process.env,
            CONNECT_HOME: join(bench.folder, 'home'),
            ASPERA_SCP_PASS: PASSWORD
        };
        const command = parseCommandLine(args, {
            folder: process.cwd(),
            localUser: userInfo().username,
            nowSeconds: Date.now() / 1000,
            readFile: path => readFileSync(path)
        }) as TransferCommand;
        const path = rendezvousPath(sharedFacts(command, command.multi!));
        const rendezvous = await Rendezvous.listen(path, socket => {
            const link = new MessageLink<ToWorker, FromWorker>(socket);
            link.onMessage = message => coordinate(link, message);
        });
        try {
            return await run(process.execPath, [CONNECT_CP, ...args], { env }).finished;
        } finally {
            rendezvous.close();
        }
    }

    for (const direction of ['send', 'recv'] as const) {
        it(`${direction}: ends well, also if it had begun before it was told`, async () => {
            const { exitCode, stderr } = await join2(direction, (link, message) => {
                if (message.type === 'started') {
                    link.send({ type: 'end' });
                    link.end();
                }
            });
            expect(exitCode, stderr).to.equal(0);
        });

        it(`${direction}: ends well when it was given no work, and its coordinator does not wait`, async () => {
            const { exitCode, stderr } = await join2(direction, (link, message) => {
                if (message.type === 'started') {
                    link.send({ type: 'begin', sourceCount: 1 });
                    link.send({ type: 'end' });
                    link.end();
                }
            });
            expect(exitCode, stderr).to.equal(0);
        });

        it(`${direction}: fails when the coordinator is gone and has not said so`, async () => {
            const { exitCode, stderr } = await join2(direction, (link, message) => {
                if (message.type === 'started') {
                    link.end();
                }
            });
            expect(exitCode).to.equal(39);
            expect(stderr).to.contain('The coordinating process is gone');
        });
    }
});
