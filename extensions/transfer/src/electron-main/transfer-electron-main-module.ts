import { powerMonitor } from '@theia/core/electron-shared/electron';
import { ElectronMainApplicationContribution } from '@theia/core/lib/electron-main/electron-main-application';
import { ContainerModule, injectable } from '@theia/core/shared/inversify';
import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DESKTOP_POWER_VARIABLE } from '../common/desktop-power';
import { PowerReporter } from './power-reporter';

/** Lets the backend know what only the main process of Electron is told. */
@injectable()
export class PowerContribution implements ElectronMainApplicationContribution {
    private reporter: PowerReporter | undefined;

    async onStart(): Promise<void> {
        const path = process.env[DESKTOP_POWER_VARIABLE];
        if (path === undefined) {
            return;
        }
        this.reporter = new PowerReporter(powerMonitor);
        try {
            await this.reporter.listen(path);
        } catch (error) {
            // the app goes on: whether it runs on battery is then not known, or by other ways
            // the main process of Electron has no other log
            // eslint-disable-next-line no-console
            console.warn(`The backend is not told of power: ${(error as Error).message}`);
        }
    }

    onStop(): void {
        this.reporter?.close();
    }
}

export default new ContainerModule(bind => {
    // the backend is started before the contributions are, with this environment
    const name = `connect-power-${randomUUID()}`;
    process.env[DESKTOP_POWER_VARIABLE] =
        process.platform === 'win32' ? `\\\\.\\pipe\\${name}` : join(tmpdir(), `${name}.sock`);
    bind(PowerContribution).toSelf().inSingletonScope();
    bind(ElectronMainApplicationContribution).toService(PowerContribution);
});
