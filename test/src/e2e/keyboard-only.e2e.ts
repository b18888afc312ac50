import { expect } from 'chai';
import { BrowserWindow, WorkbenchPage } from '../support/browser-window';
import { KeyboardPerson } from '../support/keyboard-person';
import { TransferBench } from '../support/transfer-bench';
import { BareWorkbench } from '../support/workbench';

/** A command, and whether it asks something; then Escape takes the question away. */
type Step = readonly [id: string, asks?: 'asks'];

const ANYWHERE: readonly Step[] = [
    ['connect.transfers.show'],
    ['connect.account.add', 'asks'],
    ['connect.account.edit', 'asks'],
    ['connect.account.remove', 'asks'],
    ['connect.account.forget-password', 'asks'],
    ['connect.diagnosis.run', 'asks'],
    ['connect.engines.about', 'asks'],
    ['connect.logs.show'],
    ['connect.logs.openFolder'],
    ['connect.preferences.open']
];
/** Ends the login. */
const LAST = 'connect.log-out';

describe('somebody without a mouse', function () {
    this.timeout(240_000);
    let server: TransferBench;
    let workbench: BareWorkbench;
    let browser: BrowserWindow;
    let window: WorkbenchPage;
    let person: KeyboardPerson;

    before(async () => {
        server = await TransferBench.start();
        workbench = new BareWorkbench(server);
        browser = await BrowserWindow.launch();
        window = await browser.open(await workbench.start());
        await window.remote('Server').waitFor();
        person = await KeyboardPerson.at(window.page);
    });

    afterEach(async function () {
        await window?.screenshotOf(this.currentTest);
    });

    after(async () => {
        await browser?.close();
        await workbench?.dispose();
        await server?.dispose();
    });

    /** Runs the commands; the focus has to be somewhere in sight after each. */
    async function perform(steps: readonly Step[]): Promise<void> {
        for (const [id, asks] of steps) {
            await person.run(id);
            if (asks) {
                await person.dismiss();
            }
            const focus = await person.focus();
            expect(focus.element, `focus after ${id}`).to.not.equal('');
            expect(focus.isVisible, `${focus.element} has the focus after ${id}, out of sight`).to.equal(
                true
            );
        }
    }

    it('runs what needs no transfer and no file, and shows and hides every view', async () => {
        await perform(ANYWHERE);
        const toggles = person.commandIds.filter(
            id => /\.toggle$/.test(id) && !id.startsWith('connect.transfers')
        );
        await perform(toggles.map(id => [id] as const));
    });

    it('logs out, and has touched nothing with a pointer', async () => {
        expect(await person.pointerEvents()).to.equal(0);
        await person.begin(LAST);
        await window.page.waitForURL(/login/);
    });
});
