import * as fs from 'node:fs';
import * as path from 'node:path';

/** Where this is asked; given, so that every system can be asked about on every system. */
export interface Machine {
    readonly platform: NodeJS.Platform;
    readonly home: string;
    readonly environment: Readonly<Record<string, string | undefined>>;
    isFile(file: string): boolean;
}

/** Folders of the programs of products that bring ascp along, the most likely first. */
function productFolders({ platform, home, environment }: Machine): string[] {
    if (platform === 'win32') {
        const local = environment['LOCALAPPDATA'] ?? path.win32.join(home, 'AppData', 'Local');
        const programs = environment['ProgramFiles'] ?? 'C:\\Program Files';
        return [
            path.win32.join(local, 'Programs', 'Aspera', 'Aspera Connect', 'bin'),
            path.win32.join(programs, 'Aspera', 'Aspera Connect', 'bin'),
            path.win32.join(programs, 'Aspera', 'cli', 'bin'),
            path.win32.join(programs, 'Aspera', 'Enterprise Server', 'bin'),
            path.win32.join(home, '.aspera', 'sdk')
        ];
    }
    const inHome = ['.aspera/sdk', '.aspera/cli/bin'].map(folder => path.posix.join(home, folder));
    if (platform === 'darwin') {
        const apps = ['Aspera Connect.app', 'IBM Aspera Connect.app'].map(app => `${app}/Contents/Resources`);
        return [
            ...[`${home}/Applications`, '/Applications'].flatMap(folder =>
                apps.map(app => `${folder}/${app}`)
            ),
            ...inHome,
            `${home}/Applications/Aspera CLI/bin`,
            '/Library/Aspera/bin'
        ];
    }
    return [`${home}/.aspera/connect/bin`, ...inHome, '/opt/aspera/bin', '/usr/local/bin', '/usr/bin'];
}

/**
 * The program: where the settings say, and nowhere else when they say something; else the first of PATH, then of the
 * usual places.
 * @param configured path of the program or of its folder; empty for none
 */
export function findAscp(configured: string, machine: Machine): string | undefined {
    const { platform, environment } = machine;
    const { join, delimiter, isAbsolute } = platform === 'win32' ? path.win32 : path.posix;
    const name = platform === 'win32' ? 'ascp.exe' : 'ascp';
    const named = configured.trim();
    if (named !== '') {
        return [named, join(named, name)].find(file => isAbsolute(file) && machine.isFile(file));
    }
    const searched = (environment['PATH'] ?? environment['Path'] ?? '').split(delimiter);
    return [...searched.filter(isAbsolute), ...productFolders(machine)]
        .map(folder => join(folder, name))
        .find(file => machine.isFile(file));
}

/** The first of these that lies with the program: beside it, or in `etc` next to its folder. */
export function besideAscp(program: string, names: readonly string[], machine: Machine): string | undefined {
    const { join, dirname } = machine.platform === 'win32' ? path.win32 : path.posix;
    const folder = dirname(program);
    return [folder, join(folder, '..', 'etc'), join(folder, '..', 'var')]
        .flatMap(place => names.map(name => join(place, name)))
        .find(file => machine.isFile(file));
}

/** Whether it is a file, links followed. */
export function isFile(file: string): boolean {
    return fs.statSync(file, { throwIfNoEntry: false })?.isFile() ?? false;
}
