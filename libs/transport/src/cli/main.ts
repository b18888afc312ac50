import { readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { ConnectError, ERROR_CATALOG } from '@connect/base';
import { knownHashes } from '../node/content-hash';
import { PacketIoProvider } from '../node/packet-io';
import { choosePacketIo } from '../node/packet-io-choice';
import { SOFTWARE } from '../software';
import { manualText } from './manual';
import { CommandLine, parseCommandLine, TransferCommand } from './options';
import { RunLog } from './run-log';
import { takeSecrets } from './secrets';
import { Terminal } from './terminal';
import { runWorker, takeCoordinator } from './worker-run';

/**
 * The program. Ends the process with 0, or with the number of the error that ended the run. What only one of its roles
 * needs is loaded for that one: the far end of a session needs no SSH client.
 */
export async function main(args: readonly string[]): Promise<void> {
    // first of all, so that nothing that happens later can show them
    const secrets = takeSecrets(process.env);
    const coordinator = takeCoordinator(process.env);
    if (coordinator !== undefined) {
        await runWorker(coordinator, args);
        return;
    }
    let command: CommandLine;
    let packetIo: PacketIoProvider;
    try {
        packetIo = choosePacketIo();
        command = parseCommandLine(args, {
            folder: process.cwd(),
            localUser: localUser(),
            nowSeconds: Date.now() / 1000,
            readFile: path => readFileSync(path)
        });
    } catch (error) {
        const failure = ConnectError.from(error);
        process.stderr.write(`connect-cp: ${failure.code}: ${failure.message}\nconnect-cp: try --help\n`);
        process.exitCode = ERROR_CATALOG[failure.code].ascp;
        return;
    }
    switch (command.kind) {
        case 'help':
            process.stdout.write(command.text);
            break;
        case 'manual':
            process.stdout.write(manualText());
            break;
        case 'version':
            process.stdout.write(
                `${SOFTWARE} (Node ${process.version}, packet I/O ${packetIo.description}, hash ${knownHashes()[0]})\n`
            );
            break;
        case 'server':
            await (await import('./serve')).serve();
            break;
        case 'transfer':
            await transfer(command, secrets);
            break;
    }
}

async function transfer(command: TransferCommand, secrets: ReturnType<typeof takeSecrets>): Promise<void> {
    const terminal = new Terminal(process.stdout, process.stderr, command.quiet);
    let log: RunLog;
    try {
        log = RunLog.open(command.logDirectory);
    } catch (error) {
        const failure = ConnectError.from(error);
        terminal.complain(`${failure.code}: ${failure.message}`);
        process.exitCode = ERROR_CATALOG[failure.code].ascp;
        return;
    }
    const { TransferRun } = await import('./run-transfer');
    const run = new TransferRun(command, secrets, terminal, log);
    const interrupt = (): void => run.stop(new ConnectError('cancelled', 'Stopped'));
    process.on('SIGINT', interrupt);
    process.on('SIGTERM', interrupt);
    process.on('SIGHUP', interrupt);
    const code = await run.run();
    log.close();
    process.exitCode = code;
    // sockets of a host that does not answer must not keep a finished program alive
    setTimeout(() => process.exit(code), 500).unref();
}

/** A user without an entry in the system's list, as in containers, has to be named on the command line. */
function localUser(): string {
    try {
        return userInfo().username;
    } catch {
        return process.env['USER'] ?? 'nobody';
    }
}
