import { TransferEngine, type TransferTask } from '@connect/api';
import { ConnectError } from '@connect/base';
import { ContributionProvider } from '@theia/core/lib/common/contribution-provider';
import type { BackendApplicationContribution } from '@theia/core/lib/node/backend-application';
import { inject, injectable, named } from '@theia/core/shared/inversify';
import { engineOrder } from '../common/engine-choice';
import { ANY_ENGINE, EnginePreferences } from '../common/engine-preferences';
import type { EngineInfo, EngineService } from '../common/engine-protocol';

/** All engines that were bound: chooses among them, tells of them, and ends them with the backend. */
@injectable()
export class EngineRegistry implements EngineService, BackendApplicationContribution {
    @inject(ContributionProvider)
    @named(TransferEngine)
    protected readonly contributions: ContributionProvider<TransferEngine>;
    @inject(EnginePreferences) protected readonly preferences: EnginePreferences;

    /**
     * The first engine that does not refuse, in the order of {@link engineOrder}.
     * @param asked id of the engine that the job asks for, if it does
     * @throws ConnectError `transfer.engine-missing` with what each of them objects
     */
    choose(task: Omit<TransferTask, 'credentials'>, asked: string | undefined): TransferEngine {
        const engines = this.contributions.getContributions();
        const preferred = this.preferences['connect.engines.preferred'] ?? ANY_ENGINE;
        const reasons: string[] = [];
        for (const id of engineOrder(
            engines.map(engine => engine.id),
            asked,
            preferred
        )) {
            const engine = engines.find(each => each.id === id)!;
            const reason = engine.refuses(task);
            if (reason === undefined) {
                return engine;
            }
            reasons.push(`${engine.label}: ${reason}`);
        }
        const why =
            reasons.length > 0
                ? `No transfer program can do this. ${reasons.join('; ')}`
                : `There is no transfer program “${asked}” here`;
        throw new ConnectError('transfer.engine-missing', why);
    }

    engines(): Promise<EngineInfo[]> {
        return Promise.all(
            this.contributions.getContributions().map(async engine => {
                const { id, label } = engine;
                try {
                    return { id, label, ...(await engine.describe?.()) };
                } catch (error) {
                    return { id, label, problem: ConnectError.from(error).message };
                }
            })
        );
    }

    onStop(): void {
        this.contributions.getContributions().forEach(engine => engine.dispose?.());
    }
}
