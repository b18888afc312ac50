import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { REPOSITORY, run, RunningProgram, runNode } from './processes';
import { PASSWORD, TransferBench } from './transfer-bench';

/** Values for the user's settings file, by preference name. */
export type Settings = Record<string, unknown>;

const BACKEND = join(REPOSITORY, 'browser-app', 'lib', 'backend');

/** A home and a workspace of their own below one temporary folder, removed by {@link dispose}. */
class WorkbenchFolders {
    readonly folder = fs.mkdtempSync(join(tmpdir(), 'connect-workbench-'));
    readonly home: string;
    readonly workspace = join(this.folder, 'workspace');

    /** @param home of another workbench; its settings stay as they are */
    constructor(settings: Settings, home?: string) {
        this.home = home ?? join(this.folder, 'home');
        fs.mkdirSync(this.workspace);
        if (home === undefined) {
            fs.mkdirSync(this.home, { recursive: true });
            fs.writeFileSync(join(this.home, 'settings.json'), JSON.stringify(settings));
        }
    }

    async dispose(): Promise<void> {
        fs.rmSync(this.folder, { recursive: true, force: true });
    }
}

/** The workbench as `npm start` starts it, demo server included. */
export class StartedWorkbench extends WorkbenchFolders {
    /** The folder that the demo account shows as its root. */
    readonly remoteRoot = join(this.home, 'demo', 'root');
    program!: RunningProgram;

    /** `environment` is added to that of the tests; `undefined` takes a variable away. */
    constructor(
        settings: Settings = {},
        private readonly environment: NodeJS.ProcessEnv = {}
    ) {
        super(settings);
    }

    /** Starts everything and returns the address to log in with. */
    async start(): Promise<string> {
        const env = {
            ...process.env,
            CONNECT_HOME: this.home,
            CONNECT_WORKSPACE: this.workspace,
            CONNECT_PORT: '0',
            CONNECT_SSH_PORT: '0',
            CONNECT_UDP_PORT: '0',
            ...this.environment
        };
        this.program = runNode(join(REPOSITORY, 'scripts', 'start.mjs'), [], { env, cwd: REPOSITORY });
        return (await this.program.untilOutput(/http:\/\/127\.0\.0\.1:\d+\/\S*/))[0];
    }

    override async dispose(): Promise<void> {
        await this.program?.end();
        await super.dispose();
    }
}

/** The backend alone, to be killed and started again, with an account on a server that lives on. */
export class BareWorkbench extends WorkbenchFolders {
    private port = 0;
    backend!: RunningProgram;

    /** @param prefix put before the command of the backend, e.g. `ip netns exec NAME` */
    constructor(
        readonly server: TransferBench,
        settings: Settings = {},
        home?: string,
        private readonly prefix: readonly string[] = []
    ) {
        super(settings, home);
    }

    /** Starts the backend, on the same port every time, and returns the address of the workbench. */
    async start(): Promise<string> {
        const demo = {
            name: 'Server',
            host: this.server.host,
            user: 'ana',
            password: PASSWORD,
            ...this.server.address
        };
        const env = {
            ...process.env,
            CONNECT_HOME: this.home,
            CONNECT_CP: join(BACKEND, 'connect-cp.js'),
            CONNECT_DEMO: JSON.stringify(demo)
        };
        const args = ['--hostname=127.0.0.1', `--port=${this.port}`, this.workspace];
        const command = [...this.prefix, process.execPath, join(BACKEND, 'main.js'), ...args];
        this.backend = run(command[0], command.slice(1), { env, cwd: REPOSITORY });
        // the first one has a port of its own choice, which nobody else can have taken before it
        const line = await this.backend.untilOutput(/http:\/\/127\.0\.0\.1:(\d+)\/\S*#\S+/);
        this.port = Number(line[1]);
        return line[0];
    }

    get address(): string {
        return `http://127.0.0.1:${this.port}/`;
    }

    override async dispose(): Promise<void> {
        await this.backend?.end();
        await super.dispose();
    }
}
