import { expect } from 'chai';
import { join } from 'node:path';
import { auditAccessibility } from '../support/accessibility-audit';
import { BrowserWindow, WorkbenchPage } from '../support/browser-window';
import { TransferBench } from '../support/transfer-bench';
import { writeNoise } from '../support/trees';
import { BareWorkbench } from '../support/workbench';

describe('a rate that the server sets', function () {
    this.timeout(180_000);
    let bench: TransferBench;
    let workbench: BareWorkbench;
    let browser: BrowserWindow;
    let window: WorkbenchPage;

    before(async () => {
        bench = await TransferBench.start({ userOptions: ['--lock-rate', '8M', '--policies', 'fair'] });
        workbench = new BareWorkbench(bench);
        writeNoise(join(workbench.workspace, 'long.bin'), 3, 200_000_000);
        browser = await BrowserWindow.launch();
        window = await browser.open(await workbench.start());
        await window.local('long.bin').waitFor();
        await window.remote('Server').click();
        await window.page.getByText('Empty folder').waitFor();
        await window.drag(window.local('long.bin'), window.remote('Server'));
    });

    after(async () => {
        await browser?.close();
        await workbench?.dispose();
        await bench?.dispose();
    });

    it('is said in the row, with the reason', async () => {
        const row = window.transfer('long.bin', 'Upload');
        await row
            .locator('.connect-transfer-limit[title*="it sets the target, 8 Mbps"]', {
                hasText: 'set by server'
            })
            .waitFor();
        await window.screenshot('limited by server');
        expect(await auditAccessibility(row)).to.deep.equal([]);
    });

    it('locks the controls of the monitor, and the command that limits rates', async () => {
        await window.transfer('long.bin', 'Upload').locator('.connect-transfer-name').click();
        await window.page.keyboard.press('Enter');
        const monitor = window.page.locator('.connect-monitor');
        await monitor.getByText('Locked by the server: it sets the target, 8 Mbps.').waitFor();
        expect(await monitor.getByRole('textbox', { name: 'Target' }).isDisabled()).to.equal(true);
        expect(await monitor.locator('select').first().isDisabled()).to.equal(true);
        await window.screenshot('monitor locked by server');
        expect(await monitor.getByRole('textbox', { name: 'Target' }).inputValue()).to.equal('8 Mbps');
        await window
            .transfer('long.bin', 'Upload')
            .locator('.connect-transfer-name')
            .click({ button: 'right' });
        const entry = window.page.locator('.lm-Menu-item', { hasText: 'Limit Rate…' });
        await entry.waitFor();
        expect(await entry.getAttribute('class')).to.contain('lm-mod-disabled');
        await window.page.keyboard.press('Escape');
    });
});
