import { readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { ConnectError, ERROR_CATALOG } from '@connect/base';
import { EarlyConnection } from '../node/early-connection';
import { SOFTWARE } from '../software';
import { BegunConnection } from './begun-connection';
import { takeCoordinator } from './coordinator-variable';
import { addressOf } from './multi-command';
import { CommandLine, parseCommandLine, TransferCommand } from './options';
import { RunLog } from './run-log';
import { RunSecrets, takeSecrets } from './secrets';
import { Terminal } from './terminal';

/**
 * The program. Ends the process with 0, or with the number of the error that ended the run. What only one of its roles
 * needs is loaded for that one, and what a transfer needs while its connection is made.
 */
export async function main(args: readonly string[]): Promise<void> {
    // first of all, so that nothing that happens later can show them
    const secrets = takeSecrets(process.env);
    const coordinator = takeCoordinator(process.env);
    const begun = BegunConnection.take(process.env);
    if (coordinator !== undefined) {
        await (await import('./worker-run')).runWorker(coordinator, args);
        return;
    }
    let command: CommandLine;
    let early: EarlyConnection | undefined;
    try {
        command = parseCommandLine(args, {
            folder: process.cwd(),
            localUser: localUser(),
            nowSeconds: Date.now() / 1000,
            readFile: path => readFileSync(path)
        });
        early = command.kind === 'transfer' ? connectEarly(command, begun) : undefined;
        if (process.env['CONNECT_PACKET_IO']) {
            // whoever insists on one hears at once that it is not there
            await describePacketIo();
        }
    } catch (error) {
        early?.dispose();
        const failure = ConnectError.from(error);
        process.stderr.write(`connect-cp: ${failure.code}: ${failure.message}\nconnect-cp: try --help\n`);
        process.exitCode = ERROR_CATALOG[failure.code].ascp;
        return;
    } finally {
        begun?.dispose();
    }
    switch (command.kind) {
        case 'help':
            process.stdout.write(command.text);
            break;
        case 'manual':
            process.stdout.write((await import('./manual')).manualText());
            break;
        case 'version':
            process.stdout.write(`${SOFTWARE} (${await facts()})\n`);
            break;
        case 'server':
            await (await import('./serve')).serve();
            break;
        case 'transfer':
            await transfer(command, secrets, early);
            break;
    }
}

async function facts(): Promise<string> {
    const { knownHashes } = await import('../node/content-hash');
    return `Node ${process.version}, packet I/O ${await describePacketIo()}, hash ${knownHashes()[0]}`;
}

/** @throws ConnectError `usage` when the environment insists on one that is not there */
async function describePacketIo(): Promise<string> {
    return (await import('../node/packet-io-choice')).choosePacketIo().description;
}

/** Nothing when the first connection of the run goes elsewhere than to the SSH port of one host. */
function connectEarly(
    command: TransferCommand,
    begun: BegunConnection | undefined
): EarlyConnection | undefined {
    if (command.multi || command.socksProxy || command.fallback.mode === 'always') {
        return undefined;
    }
    const { host, port } = addressOf(command, 1);
    return begun?.to(host, port) ?? EarlyConnection.begin(host, port);
}

async function transfer(
    command: TransferCommand,
    secrets: RunSecrets,
    early: EarlyConnection | undefined
): Promise<void> {
    const terminal = new Terminal(process.stdout, process.stderr, command.quiet);
    let log: RunLog;
    try {
        log = RunLog.open(command.logDirectory, {
            onBroken: error => terminal.complain(`the log file cannot be written: ${error.message}`)
        });
    } catch (error) {
        const failure = ConnectError.from(error);
        terminal.complain(`${failure.code}: ${failure.message}`);
        process.exitCode = ERROR_CATALOG[failure.code].ascp;
        early?.dispose();
        return;
    }
    const { TransferRun } = await import('./run-transfer');
    const run = new TransferRun(command, secrets, terminal, log, early);
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
