import { Command, InvalidArgumentError } from 'commander';
import { ConnectError } from '@connect/base';
import { HTTPS_COMMAND } from '../http/https-process';
import { packageVersion, versionLine } from '../server';
import { PERMISSION_NAMES } from '../storage/user-store';
import * as commands from './commands';

const DATA = ['--data <folder>', 'folder that holds configuration, keys and users'] as const;

/** The command line of connect-server. Every action rejects with a ConnectError when it fails. */
export function createProgram(): Command {
    const program = new Command('connect-server')
        .description('Transfer server: SSH, SFTP and UDP transfers into storage roots of its users')
        .version(packageVersion())
        // commander ends wrong use with 1, which here means failure
        .exitOverride(error => process.exit(error.exitCode === 0 ? 0 : WRONG_USE))
        .showHelpAfterError();
    program
        .command('init')
        .description('create the data folder with a host key and a token key; what is there is kept')
        .requiredOption(...DATA)
        .action(commands.initialize);
    program
        .command('start')
        .description('serve until SIGTERM or SIGINT')
        .requiredOption(...DATA)
        .option('--host <address>', 'address to bind, instead of the configured one')
        .option('--ssh-port <port>', 'TCP port of SSH; 0 takes any free one', port)
        .option('--udp-port <port>', 'UDP port of all transfers; 0 takes any free one', port)
        .option('--https-port <port>', 'TCP port of HTTPS; 0 takes any free one, -1 none', httpsPort)
        .action(commands.start);
    program
        .command('fingerprint')
        .description('print the fingerprint of the host key')
        .requiredOption(...DATA)
        .option('--https', 'that of the certificate of HTTPS instead')
        .action(commands.printFingerprint);
    // what it needs is loaded by nobody else
    program
        .command(HTTPS_COMMAND, { hidden: true })
        .action(async () => (await import('../http/https-worker')).serveHttps(versionLine()));
    addUserCommands(program.command('user').description('manage users'));
    program
        .command('token')
        .description('manage access tokens')
        .command('create')
        .description('print a token that logs the user in until it expires; a new password ends it earlier')
        .argument('<name>')
        .requiredOption(...DATA)
        .requiredOption('--expires <duration>', 'for example 30m, 1h or 7d')
        .action(commands.createAccessToken);
    return program;
}

const PERMISSIONS: Readonly<Record<(typeof PERMISSION_NAMES)[number], string>> = {
    browse: 'listing of folders',
    download: 'reading of files',
    upload: 'writing of files',
    mkdir: 'creating of folders',
    rename: 'renaming',
    delete: 'deleting',
    owner: 'giving of what is uploaded to the owners and groups of its sources'
};

function addUserCommands(user: Command): void {
    user.command('add')
        .description('add a user; everything but --owner is allowed that is not taken away')
        .argument('<name>')
        .requiredOption('--root <folder>', 'storage root: the user sees nothing outside')
        .requiredOption(...DATA)
        .option('--password-stdin', 'read the password from standard input')
        .option('--no-browse', `no ${PERMISSIONS.browse}`)
        .option('--no-download', `no ${PERMISSIONS.download}`)
        .option('--no-upload', `no ${PERMISSIONS.upload}`)
        .option('--no-mkdir', `no ${PERMISSIONS.mkdir}`)
        .option('--no-rename', `no ${PERMISSIONS.rename}`)
        .option('--no-delete', `no ${PERMISSIONS.delete}`)
        .option('--owner', 'what is uploaded may be given to the owners and groups of its sources')
        .option('--max-rate <rate>', 'limit of each session, for example 500M')
        .option(
            '--policies <list>',
            'rate policies of sessions, for example fair,low; the first replaces others'
        )
        .option('--lock-rate <rate>', 'target rate of each session, whatever is asked')
        .action(commands.addUser);
    user.command('limit')
        .description('change what the sessions of a user may do with their rate')
        .argument('<name>')
        .requiredOption(...DATA)
        .option('--max-rate <rate>', 'limit of each session, or none')
        .option('--policies <list>', 'rate policies of sessions, or all')
        .option('--lock-rate <rate>', 'target rate of each session, or none')
        .action(commands.limitUser);
    const permit = user
        .command('permit')
        .description('grant permissions, or take them away; those that are not named stay')
        .argument('<name>')
        .requiredOption(...DATA);
    for (const [permission, what] of Object.entries(PERMISSIONS)) {
        permit.option(`--${permission}`, what).option(`--no-${permission}`, `no ${what}`);
    }
    permit.action(commands.permitUser);
    user.command('remove')
        .description('remove a user; the files stay')
        .argument('<name>')
        .requiredOption(...DATA)
        .action(commands.removeUser);
    user.command('list')
        .description('print all users, one a line')
        .requiredOption(...DATA)
        .action(commands.listUsers);
    user.command('passwd')
        .description('set a password; tokens made before stop working')
        .argument('<name>')
        .requiredOption(...DATA)
        .requiredOption('--password-stdin', 'read the password from standard input')
        .action(commands.setPassword);
    user.command('key')
        .description('manage public keys')
        .command('add')
        .description('let the holder of a private key log in')
        .argument('<name>')
        .requiredOption('--key-file <file>', 'public keys in OpenSSH format, one a line')
        .requiredOption(...DATA)
        .action(commands.addKeys);
}

/** As the shell's own commands exit when they are called wrongly. */
const WRONG_USE = 2;

/** Exit code of a failed command: wrong use is told from failure. */
export function exitCodeOf(error: unknown): number {
    return ConnectError.is(error, 'usage') ? WRONG_USE : 1;
}

function httpsPort(text: string): number {
    return text === '-1' ? -1 : port(text);
}

function port(text: string): number {
    const value = Number(text);
    if (!Number.isInteger(value) || value < 0 || value > 65535) {
        throw new InvalidArgumentError('not a port number');
    }
    return value;
}
