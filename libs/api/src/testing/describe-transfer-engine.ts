import { ConnectError } from '@connect/base';
import { expect } from 'chai';
import {
    FileFailure,
    FileReport,
    OverwriteRule,
    ServerEndpoint,
    TransferEngine,
    TransferOutcome,
    TransferProgress,
    TransferRun,
    TransferTask
} from '../transfer-engine';

/** One engine with both ends of its world. */
export interface EngineFixture {
    readonly engine: TransferEngine;
    /** A complete task for this fixture: right credentials, a target on the other side, a rate that ends soon. */
    task(part: Partial<TransferTask> & Pick<TransferTask, 'direction' | 'sources'>): TransferTask;
    /** Puts a file at this computer (`near`) or at the account (`far`) and returns the path that a task names it by. */
    put(end: 'near' | 'far', relativePath: string, bytes: Uint8Array): Promise<string>;
    /** Content of a file below the target of {@link task}, undefined when there is none. */
    got(end: 'near' | 'far', relativePath: string): Promise<Uint8Array | undefined>;
    /** Waits for `work`; where the engine runs on a virtual clock, moves it. */
    drive<T>(work: Promise<T>): Promise<T>;
    /** Programs that the engine has started and that still run; left out by engines that start none. */
    programs?(): readonly RunningEngineProgram[];
    dispose(): Promise<void>;
}

/** As the system shows it to everybody. */
export interface RunningEngineProgram {
    readonly pid: number;
    readonly commandLine: string;
}

/** What the far end proves itself and its users by. Tests of what is `false` are left out. */
export interface FarEndSecurity {
    readonly passwords: boolean;
    /** Endpoints carry the fingerprint of a host key: see `ServerEndpoint`. */
    readonly hostKeys: boolean;
}

interface Watched {
    readonly progress: TransferProgress[];
    readonly failures: FileFailure[];
    readonly files: FileReport[];
    readonly log: string[];
    /** How often the engine has said anything. */
    readonly calls: () => number;
    readonly end: Promise<TransferOutcome | ConnectError>;
    stop(): void;
    /** Resolves with the first progress that satisfies `test`. */
    reaches(test: (progress: TransferProgress) => boolean): Promise<void>;
}

const NAMES = [' a b ', `it's "quoted"`, '🌲', 'e\u0301', '\u00e9', '-rf', 'new\nline', 'x'.repeat(255)];
const SLOW = { targetBps: 2_000_000, minBps: 0, policy: 'fixed' } as const;

/**
 * What every engine must do: the contract of {@link TransferEngine} as tests. Call it inside a spec with a function
 * that makes a fresh fixture.
 */
export function describeTransferEngine(
    name: string,
    make: () => Promise<EngineFixture>,
    security: FarEndSecurity = { passwords: true, hostKeys: true }
): void {
    describe(`${name} as a transfer engine`, () => {
        let fixture: EngineFixture;
        beforeEach(async () => {
            fixture = await make();
        });
        afterEach(() => fixture.dispose());

        movingFiles(() => fixture);
        goingOn(() => fixture);
        reporting(() => fixture);
        obeyingRules(() => fixture);
        failing(() => fixture);
        ending(() => fixture);
        refusing(() => fixture);
        if (security.passwords) {
            checkingPasswords(() => fixture);
            keepingSecrets(() => fixture);
        }
        if (security.hostKeys) {
            checkingHostKeys(() => fixture);
        }
    });
}

function movingFiles(fixture: () => EngineFixture): void {
    it('sends a file and says how far it is', async () => {
        const source = await fixture().put('near', 'one.bin', pattern(300_000));
        const { outcome, watched } = await complete(fixture(), { direction: 'send', sources: [source] });
        expect(await fixture().got('far', 'one.bin')).to.deep.equal(pattern(300_000));
        expect(outcome.progress).to.include({
            bytesDone: 300_000,
            bytesTotal: 300_000,
            filesDone: 1,
            filesTotal: 1
        });
        expect(outcome.progress).to.include({ scanComplete: true, filesFailed: 0, filesSkipped: 0 });
        const done = watched.progress.map(progress => progress.bytesDone);
        expect(done).to.deep.equal([...done].sort((a, b) => a - b));
    });

    it('receives a folder with everything in it, and empty files', async () => {
        await fixture().put('far', 'tree/deep/er/two.bin', pattern(70_000));
        const one = await fixture().put('far', 'tree/empty', new Uint8Array(0));
        await complete(fixture(), { direction: 'receive', sources: [one.slice(0, -'/empty'.length)] });
        expect(await fixture().got('near', 'tree/deep/er/two.bin')).to.deep.equal(pattern(70_000));
        expect(await fixture().got('near', 'tree/empty')).to.deep.equal(new Uint8Array(0));
    });

    it('keeps names that hurt, several sources at once', async () => {
        const sources: string[] = [];
        for (const fileName of NAMES) {
            sources.push(await fixture().put('near', fileName, Buffer.from(fileName)));
        }
        await complete(fixture(), { direction: 'send', sources });
        for (const fileName of NAMES) {
            const there = await fixture().got('far', fileName);
            expect(there && Buffer.from(there).toString(), fileName).to.equal(fileName);
        }
    });
}

function goingOn(fixture: () => EngineFixture): void {
    it('moves nothing that is there already', async () => {
        const source = await fixture().put('near', 'same.bin', pattern(200_000));
        await complete(fixture(), { direction: 'send', sources: [source] });
        const { outcome } = await complete(fixture(), { direction: 'send', sources: [source] });
        expect(outcome.progress).to.include({ filesSkipped: 1, bytesDone: 200_000 });
        // an engine may count what both ends say to each other
        expect(outcome.progress.bytesSent).to.be.lessThan(20_000);
    });

    it('stops when asked, twice if need be, and goes on from there', async () => {
        const source = await fixture().put('near', 'big.bin', pattern(4_000_000));
        const slow = watch(fixture(), { direction: 'send', sources: [source], rate: SLOW });
        await fixture().drive(slow.reaches(progress => progress.bytesDone > 1_500_000));
        slow.stop();
        slow.stop();
        expect(await fixture().drive(slow.end)).to.have.property('code', 'cancelled');
        expect(await fixture().got('far', 'big.bin')).to.equal(undefined);
        const { outcome } = await complete(fixture(), { direction: 'send', sources: [source] });
        expect(outcome.progress.bytesSent).to.be.lessThan(3_300_000);
        expect(await fixture().got('far', 'big.bin')).to.deep.equal(pattern(4_000_000));
        slow.stop();
    });

    it('follows a change of the rate', async () => {
        const source = await fixture().put('near', 'big.bin', pattern(6_000_000));
        const { run, watched } = begin(fixture(), {
            direction: 'send',
            sources: [source],
            rate: { ...SLOW, targetBps: 100_000 }
        });
        await fixture().drive(watched.reaches(progress => progress.filesTotal > 0));
        run.setRate({ ...SLOW, targetBps: 200_000_000 });
        // at the first rate this would take eight minutes
        expect(await fixture().drive(watched.end)).to.not.be.instanceOf(ConnectError);
    });
}

function reporting(fixture: () => EngineFixture): void {
    it('tells what became of each file, once', async () => {
        const there = await fixture().put('near', 'tree/there', pattern(10));
        const folder = there.slice(0, -'/there'.length);
        await complete(fixture(), { direction: 'send', sources: [folder] });
        await fixture().put('near', 'tree/new', pattern(20));
        await fixture().put('near', 'tree/deep/new', pattern(70_000));
        const { watched } = await complete(fixture(), { direction: 'send', sources: [folder] });
        const told = watched.files.map(file => `${file.result} ${file.path} ${file.sizeBytes}`);
        expect(told.sort()).to.deep.equal([
            'done tree/deep/new 70000',
            'done tree/new 20',
            'skipped tree/there 10'
        ]);
    });
}

/** Whether the new content is at the target afterwards, and under which name. */
const RULES: Readonly<Record<OverwriteRule, { readonly replaces: boolean; readonly newName?: string }>> = {
    never: { replaces: false },
    always: { replaces: true },
    diff: { replaces: true },
    older: { replaces: true },
    'diff+older': { replaces: true },
    report: { replaces: false },
    rename: { replaces: false, newName: 'file (2).txt' },
    // the old content is not the beginning of the new one
    resume: { replaces: false }
};

function obeyingRules(fixture: () => EngineFixture): void {
    const content = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text));
    const rules = Object.keys(RULES) as OverwriteRule[];

    it('does with files that exist what the rule says, for each rule that it takes', async () => {
        const folders = new Map<OverwriteRule, string>();
        for (const rule of rules) {
            const file = await fixture().put('near', `${rule}/file.txt`, content('old'));
            folders.set(rule, file.slice(0, -'/file.txt'.length));
        }
        await complete(fixture(), { direction: 'send', sources: [...folders.values()] });
        for (const [overwrite, folder] of folders) {
            await fixture().put('near', `${overwrite}/file.txt`, content('new and longer'));
            await fixture().put('near', `${overwrite}/other.txt`, content('other'));
            const part = { direction: 'send', sources: [folder], overwrite } as const;
            if (fixture().engine.refuses(fixture().task(part)) === undefined) {
                await checkRule(fixture(), part);
            }
        }
    });
}

async function checkRule(
    fixture: EngineFixture,
    part: Part & { readonly overwrite: OverwriteRule }
): Promise<void> {
    const { overwrite } = part;
    const { replaces, newName } = RULES[overwrite];
    const watched = watch(fixture, part);
    const end = await fixture.drive(watched.end);
    const got = async (name: string): Promise<string> =>
        Buffer.from((await fixture.got('far', `${overwrite}/${name}`)) ?? []).toString();
    expect(await got('other.txt'), overwrite).to.equal('other');
    expect(await got('file.txt'), overwrite).to.equal(replaces ? 'new and longer' : 'old');
    if (newName !== undefined) {
        expect(await got(newName), overwrite).to.equal('new and longer');
    }
    const asks = overwrite === 'report' || overwrite === 'resume';
    const ended = end instanceof ConnectError ? end.code : 'complete';
    expect(ended, overwrite).to.equal(asks ? 'transfer.some-files-failed' : 'complete');
    const codes = watched.failures.map(failure => failure.error.code);
    expect(codes, overwrite).to.deep.equal(asks ? ['transfer.target-differs'] : []);
}

function ending(fixture: () => EngineFixture): void {
    it('says nothing after the end', async () => {
        const source = await fixture().put('near', 'one.bin', pattern(300_000));
        const { run, watched } = begin(fixture(), { direction: 'send', sources: [source] });
        await fixture().drive(watched.end);
        const calls = watched.calls();
        run.setRate(SLOW);
        run.stop();
        await fixture().drive(turns(20));
        expect(watched.calls()).to.equal(calls);
        await run.finished;
    });

    it('leaves nothing running when it is disposed of', async function () {
        if (!fixture().engine.dispose) {
            expect(fixture().programs, 'an engine that starts programs ends them').to.equal(undefined);
            return this.skip();
        }
        const source = await fixture().put('near', 'big.bin', pattern(4_000_000));
        const watched = watch(fixture(), { direction: 'send', sources: [source], rate: SLOW });
        await fixture().drive(watched.reaches(progress => progress.bytesDone > 0));
        expect(fixture().programs?.() ?? ['none']).to.not.deep.equal([]);
        fixture().engine.dispose?.();
        expect(await fixture().drive(watched.end)).to.have.property('code', 'cancelled');
        expect(fixture().programs?.() ?? []).to.deep.equal([]);
        expect(await fixture().got('far', 'big.bin')).to.equal(undefined);
    });
}

function failing(fixture: () => EngineFixture): void {
    it('reports a missing source and brings the rest', async () => {
        const source = await fixture().put('near', 'there.bin', pattern(10));
        const watched = watch(fixture(), { direction: 'send', sources: [`${source}.missing`, source] });
        expect(await fixture().drive(watched.end)).to.have.property('code', 'transfer.some-files-failed');
        expect(watched.failures.map(failure => failure.error.code)).to.deep.equal([
            'transfer.source-missing'
        ]);
        expect(await fixture().got('far', 'there.bin')).to.deep.equal(pattern(10));
    });
}

function refusing(fixture: () => EngineFixture): void {
    it('takes tasks for its own endpoints and refuses those of protocols it does not speak', async () => {
        const source = await fixture().put('near', 'a', pattern(1));
        const task = fixture().task({ direction: 'send', sources: [source] });
        expect(fixture().engine.refuses(task)).to.equal(undefined);
        const endpoint = { protocol: 'spoken-by-nobody', address: 'nowhere' };
        expect(fixture().engine.refuses({ ...task, endpoint })).to.be.a('string');
    });
}

function checkingPasswords(fixture: () => EngineFixture): void {
    it('refuses a wrong password', async () => {
        const source = await fixture().put('near', 'a', pattern(1));
        const task = fixture().task({ direction: 'send', sources: [source] });
        const watched = watch(fixture(), { ...task, credentials: { password: 'wrong' } });
        expect(await fixture().drive(watched.end)).to.have.property('code', 'transfer.authentication-failed');
    });
}

function keepingSecrets(fixture: () => EngineFixture): void {
    it('shows no secret, neither in what it says nor on the command line of a program', async () => {
        const source = await fixture().put('near', 'big.bin', pattern(4_000_000));
        const task = fixture().task({ direction: 'send', sources: [source], rate: SLOW });
        const good = watch(fixture(), task);
        await fixture().drive(good.reaches(progress => progress.bytesDone > 0));
        const commandLines = (fixture().programs?.() ?? []).map(program => program.commandLine);
        good.stop();
        await fixture().drive(good.end);
        const wrong = { password: 'a-wrong-password' };
        const bad = watch(fixture(), { ...task, credentials: wrong });
        const end = await fixture().drive(bad.end);
        const said = JSON.stringify([good.log, bad.log, bad.failures, commandLines]) + String(end);
        for (const secret of [...Object.values(task.credentials), wrong.password]) {
            expect(said).to.not.include(secret);
        }
    });
}

function checkingHostKeys(fixture: () => EngineFixture): void {
    it('refuses another host key than the one it was told', async () => {
        const source = await fixture().put('near', 'a', pattern(1));
        const task = fixture().task({ direction: 'send', sources: [source] });
        const hostKeyFingerprint = 'SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA';
        const endpoint = { ...(task.endpoint as ServerEndpoint), hostKeyFingerprint };
        const watched = watch(fixture(), { ...task, endpoint });
        expect(await fixture().drive(watched.end)).to.have.property('code', 'transfer.host-key-mismatch');
        expect(await fixture().got('far', 'a')).to.equal(undefined);
    });
}

type Part = Parameters<EngineFixture['task']>[0];

function begin(fixture: EngineFixture, part: Part): { run: TransferRun; watched: Watched } {
    const progress: TransferProgress[] = [];
    const failures: FileFailure[] = [];
    const files: FileReport[] = [];
    const log: string[] = [];
    let waiting: Array<{ test: (progress: TransferProgress) => boolean; resolve: () => void }> = [];
    const run = fixture.engine.start(fixture.task(part), {
        onProgress: next => {
            progress.push(next);
            waiting.filter(entry => entry.test(next)).forEach(entry => entry.resolve());
            waiting = waiting.filter(entry => !entry.test(next));
        },
        onFileFailed: failure => failures.push(failure),
        onFile: file => files.push(file),
        onLog: line => log.push(line)
    });
    const end = run.finished.catch((error: unknown) => ConnectError.from(error));
    const reaches = (test: (progress: TransferProgress) => boolean): Promise<void> => {
        const reached = new Promise<void>(resolve => waiting.push({ test, resolve }));
        const early = end.then(result => {
            throw new Error(`ended before: ${result instanceof ConnectError ? result.message : 'complete'}`);
        });
        return Promise.race([reached, early]);
    };
    const calls = (): number => progress.length + failures.length + files.length + log.length;
    return { run, watched: { progress, failures, files, log, calls, end, reaches, stop: () => run.stop() } };
}

const watch = (fixture: EngineFixture, part: Part): Watched => begin(fixture, part).watched;

async function complete(
    fixture: EngineFixture,
    part: Part
): Promise<{ outcome: TransferOutcome; watched: Watched }> {
    const watched = watch(fixture, part);
    const outcome = await fixture.drive(watched.end);
    if (outcome instanceof ConnectError) {
        throw outcome;
    }
    return { outcome, watched };
}

/** Lets everything that is ready happen, so many times over. */
async function turns(count: number): Promise<void> {
    for (let turn = 0; turn < count; turn++) {
        await new Promise(resolve => setImmediate(resolve));
    }
}

/** Bytes that differ from place to place, so that a block at the wrong offset shows. */
function pattern(length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    for (let i = 0; i < length; i++) {
        bytes[i] = (i * 31 + (i >>> 8) * 7 + (i >>> 16)) & 0xff;
    }
    return bytes;
}
