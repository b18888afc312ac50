import { DiffUris } from '@theia/core/lib/browser/diff-uris';
import { open, OpenerService } from '@theia/core/lib/browser/opener-service';
import URI from '@theia/core/lib/common/uri';
import { inject, injectable } from '@theia/core/shared/inversify';
import type { Conflict, ExistingAnswer, FileRule, Job } from '../common/transfer-protocol';
import { ExistingFileDialog, type ExistingFileChoice, type ExistingFileProps } from './existing-file-dialog';
import { TransferClientModel } from './transfer-client-model';

/** Shows the question about one file; undefined when it was closed. Tests bind another one. */
export const AskAboutFile = Symbol('AskAboutFile');
export type AskAboutFile = (file: ExistingFileProps) => Promise<ExistingFileChoice | undefined>;

export const askAboutFile: AskAboutFile = file => new ExistingFileDialog(file).open();

/** Walks through the files a job asks about and passes the answers on. */
@injectable()
export class ExistingFileQuestions {
    @inject(TransferClientModel) protected readonly model: TransferClientModel;
    @inject(OpenerService) protected readonly openers: OpenerService;
    @inject(AskAboutFile) protected readonly askAbout: AskAboutFile;

    /**
     * Ends with the last file, with an answer for all, or when the question is closed: what was answered till then
     * counts, the rest stays open.
     * @param attempt runs what may fail and shows why
     */
    async ask(job: Job, attempt: (work: () => Promise<void>) => Promise<void>): Promise<void> {
        const { files, count } = job.question!;
        const answers: ExistingAnswer[] = [];
        let rest: FileRule | undefined;
        for (const [index, { path, message }] of files.entries()) {
            const conflict = this.model.describeConflict(job.id, path);
            // the dialog shows why
            conflict.catch(() => undefined);
            const compare = (sides: Conflict): void => this.compare(path, sides);
            const choice = await this.askAbout({
                ...{ name: job.name, path, message, place: index + 1, count, conflict, compare }
            });
            if (!choice) {
                break;
            }
            if (choice.forAll) {
                rest = choice.rule;
                break;
            }
            answers.push({ path, rule: choice.rule });
        }
        if (rest && answers.length === 0) {
            const rule = rest;
            await attempt(() => this.model.setExisting([job.id], rule));
        } else if (answers.length > 0) {
            await attempt(() => this.model.answerExisting(job.id, answers, rest));
        }
    }

    private compare(path: string, { source, target }: Conflict): void {
        const name = path.replace(/^.*\//, '');
        const uri = DiffUris.encode(new URI(target.uri), new URI(source.uri), `${name} (existing ↔ new)`);
        void open(this.openers, uri);
    }
}
