import type { interfaces } from '@theia/core/shared/inversify';
import { JobEvidenceStore } from './job-evidence-store';

/** The diagnosis' part of the backend module. */
export function bindDiagnosis(bind: interfaces.Bind): void {
    bind(JobEvidenceStore).toSelf().inSingletonScope();
}
