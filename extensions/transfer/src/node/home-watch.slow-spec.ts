import {
    ParcelFileSystemWatcherService,
    type ParcelFileSystemWatcherServerOptions
} from '@theia/filesystem/lib/node/parcel-watcher/parcel-filesystem-service';
import { FileUri } from '@theia/core/lib/common/file-uri';
import { expect } from 'chai';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { HomeWatch, OWN_FILES } from './home-watch';

const SILENT: ParcelFileSystemWatcherServerOptions = {
    parcelOptions: {},
    verbose: false,
    info: () => undefined,
    error: () => undefined
};

describe('watch of the folder of Connect', () => {
    let folder: string;
    let home: string;
    let watcher: ParcelFileSystemWatcherService;
    let watch: HomeWatch;
    let told: Set<string>;
    let heard: () => void;
    let id: number;

    beforeEach(() => {
        folder = fs.realpathSync(fs.mkdtempSync(path.join(tmpdir(), 'connect-home-watch-')));
        home = path.join(folder, 'home');
        fs.mkdirSync(path.join(home, 'logs'), { recursive: true });
        fs.writeFileSync(path.join(home, 'settings.json'), '{}');
        watcher = new ParcelFileSystemWatcherService(SILENT);
        watch = new HomeWatch(watcher, home);
        told = new Set();
        heard = () => undefined;
        watch.setClient({
            onDidFilesChanged: ({ changes }) => {
                changes.forEach(({ uri }) => told.add(path.relative(home, FileUri.fsPath(uri))));
                heard();
            },
            onError: () => undefined
        });
    });
    afterEach(async () => {
        await watch.unwatchFileChanges(id);
        fs.rmSync(folder, { recursive: true });
    });

    /** Writes until it is told: a watch begins some time after it was asked for, and keeps the order of what it tells. */
    const untilTold = async (name: string): Promise<void> => {
        while (!told.has(name)) {
            const news = new Promise<void>(resolve => (heard = resolve));
            fs.writeFileSync(path.join(home, name), String(Math.random()));
            await Promise.race([news, new Promise(resolve => setTimeout(resolve, 100))]);
        }
    };

    for (const watched of ['', 'settings.json']) {
        it(`tells of settings, not of what Connect writes, where ${watched || 'the folder'} is watched`, async () => {
            id = await watch.watchFileChanges(1, FileUri.create(path.join(home, watched)).toString());
            await untilTold('settings.json');
            for (const name of OWN_FILES) {
                const isFolder = !name.includes('.');
                fs.mkdirSync(path.join(home, isFolder ? name : ''), { recursive: true });
                fs.writeFileSync(path.join(home, name, isFolder ? 'inside' : ''), 'x');
            }
            await untilTold('keymaps.json');
            expect([...told].sort()).to.deep.equal(['keymaps.json', 'settings.json']);
        });
    }

    it('tells everything of other folders', async () => {
        fs.mkdirSync(path.join(home, 'demo', 'root'), { recursive: true });
        id = await watch.watchFileChanges(1, FileUri.create(path.join(home, 'demo', 'root')).toString());
        await untilTold(path.join('demo', 'root', 'logs'));
    });
});
