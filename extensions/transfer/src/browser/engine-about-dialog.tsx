import { AboutDialog } from '@theia/core/lib/browser/about-dialog';
import { inject, injectable } from '@theia/core/shared/inversify';
import * as React from '@theia/core/shared/react';
import { EngineService, type EngineInfo } from '../common/engine-protocol';
import { engineRows } from '../common/engine-text';

/** *About*, with what moves the files: programs, their versions and licences. Asked anew each time it opens. */
@injectable()
export class EngineAboutDialog extends AboutDialog {
    @inject(EngineService) protected readonly engineService: EngineService;

    /** Undefined until the backend has answered. */
    protected engines: readonly EngineInfo[] | undefined;
    protected failure: string | undefined;

    override open(disposeOnResolve?: boolean): Promise<void | undefined> {
        this.engineService.engines().then(
            engines => this.answered(engines, undefined),
            (error: Error) => this.answered(this.engines, error.message)
        );
        return super.open(disposeOnResolve);
    }

    protected override render(): React.ReactNode {
        return (
            <>
                {this.renderEngines()}
                {super.render()}
            </>
        );
    }

    private answered(engines: readonly EngineInfo[] | undefined, failure: string | undefined): void {
        this.engines = engines;
        this.failure = failure;
        this.update();
    }

    private renderEngines(): React.ReactNode {
        const { engines, failure } = this;
        return (
            <section className="connect-about-engines" aria-labelledby="connect-about-engines-title">
                <h3 id="connect-about-engines-title">Transfer engines</h3>
                {failure !== undefined && <p role="alert">{`They cannot be asked: ${failure}`}</p>}
                {!engines && failure === undefined && <p role="status">Asking the programs…</p>}
                {engines?.map(info => (
                    <React.Fragment key={info.id}>
                        <h4>{info.label}</h4>
                        <dl>
                            {engineRows(info).map(([name, value]) => (
                                <React.Fragment key={name}>
                                    <dt>{name}</dt>
                                    <dd>{value}</dd>
                                </React.Fragment>
                            ))}
                        </dl>
                    </React.Fragment>
                ))}
            </section>
        );
    }
}
